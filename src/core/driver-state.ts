import type { FrameRef } from './frame.ts';
import type { Span } from './slide.ts';

/** What was measured to hold over a stretch of time. The names are those of `spans.json`. */
export const driverStates = [
  'eyes_closed',
  'head_down',
  'head_up',
  'head_turned',
  'gaze_away',
  'eyes_on_road',
  'mouth_wide_open',
  'phone_in_hand',
  'hand_near_face',
  'not_measurable',
] as const;
export type DriverState = (typeof driverStates)[number];

/** Why nothing can be said about the eyes. `uncertain`: lids are down, shut or lowered, or what speaks of the eyes is at odds. */
export type Unmeasured = 'no_frames' | 'no_face' | 'turned_away' | 'eyes_hidden' | 'uncertain' | 'camera';

/** A stretch of time over which a state of the driver was measured to hold. */
export interface DriverSpan extends Span {
  readonly state: DriverState;
  /** 0–1, mean over the span. */
  readonly confidence: number;
  /** With `not_measurable` alone: the reason that held longest. */
  readonly reason?: Unmeasured;
}

/** Events that the on-device rules conclude. */
export const driverRuleNames = [
  'microsleep',
  'sleep',
  'unresponsive',
  'drowsiness',
  'long_distraction',
  'repeated_distraction',
  'phone_use',
  'yawn',
  'no_driver',
  'camera_obstructed',
  'camera_degraded',
  'lockout',
] as const;
export type DriverRuleName = (typeof driverRuleNames)[number];

/**
 * What a language model said of an event when it was shown the event's own frames and asked whether it sees it too. An
 * opinion beside the measurement: neither changes the other.
 */
export type Opinion =
  | {
      readonly state: 'given';
      readonly model: string;
      readonly seen: 'yes' | 'no' | 'cannot tell';
      /** 0–1, as the model says. */
      readonly confidence: number;
      readonly reason: string;
      readonly frames: readonly FrameRef[];
      readonly promptVersion: string;
    }
  | { readonly state: 'failed'; readonly model: string; readonly message: string };

/** Something that the rules concluded from measurements alone. */
export interface MeasuredEvent extends Span {
  readonly by: 'measurement';
  /** The rule's name and a number from 1, in order of beginning: `microsleep-1`. */
  readonly id: string;
  readonly rule: DriverRuleName;
  readonly title: string;
  readonly severity: 'info' | 'warning' | 'alarm';
  /** 0–1, mean of the measurements' own confidence over the event. */
  readonly confidence: number;
  /** When the rule's condition was met: `start` plus the time that it has to hold. */
  readonly raisedAt: number;
  /** The figures that decided, beside the rule's thresholds. */
  readonly figures: Readonly<Record<string, number>>;
  readonly threshold: Readonly<Record<string, number>>;
  /** Where the rule comes from, at second hand: no claim that anything here fulfils it. */
  readonly source: string;
  /** Of the calibration that it was judged by: before it is `calibrated`, openness and angles are not yet this driver's. */
  readonly calibration: Calibration['state'];
  /** Path of a picture with the landmarks drawn, relative to the run's folder. */
  readonly image?: string;
  /** Where a language model was asked for verification. */
  readonly opinion?: Opinion;
}

/** One driver's own neutral, in the camera's terms. */
export interface Calibration {
  /** `calibrated` once enough usable time was seen; before, figures are `provisional`; `none` are population means. */
  readonly state: 'calibrated' | 'provisional' | 'none';
  /** Seconds of video that went into it. */
  readonly usableSeconds: number;
  /** Of these, seconds in which eyes were seen that were open by their pictures; absent where pictures say nothing. */
  readonly openSeconds?: number | undefined;
  /** Between which turns of the head, degrees as the camera sees them, those were seen. */
  readonly openYaws?: readonly [least: number, most: number] | undefined;
  /** Taken over from an earlier run. */
  readonly stored?: true | undefined;
  /** Openness (lid distance ÷ eye width) of this driver's open eyes. */
  readonly openEye: number;
  /** Openness measured of this driver's shut eyes, where it is more than what shut eyes usually measure. */
  readonly shutEye?: number | undefined;
  /** Degrees, looking at the road. */
  readonly yaw: number;
  readonly pitch: number;
  readonly gazeYaw: number;
  readonly gazePitch: number;
}
