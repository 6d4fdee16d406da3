import type { DriverRuleName, DriverState } from '../../../core/driver-state.ts';
import type { DriverRules } from './rules.ts';
import type { Signal } from './signal.ts';

/** Rules that are met by a state or a condition that lasts, and the setting that says for how long. */
export const secondsSetting = {
  microsleep: 'microsleepSeconds',
  sleep: 'sleepSeconds',
  unresponsive: 'unresponsiveSeconds',
  long_distraction: 'longDistractionSeconds',
  phone_use: 'phoneUseSeconds',
  yawn: 'yawnSeconds',
  no_driver: 'noDriverSeconds',
  camera_obstructed: 'cameraSeconds',
  camera_degraded: 'cameraSeconds',
} as const satisfies Partial<Readonly<Record<DriverRuleName, keyof DriverRules>>>;
export type LastingRule = keyof typeof secondsSetting;

/** How far a state goes in one frame. */
export const furthestOf: Partial<Readonly<Record<DriverState, (signal: Signal) => number | undefined>>> = {
  eyes_closed: ({ eyes }) => (eyes === undefined ? undefined : 1 - eyes),
  // By the head where the eyes are not seen, as the gaze is judged then.
  gaze_away: ({ gazeYaw, gazePitch, yaw = 0, pitch = 0 }) =>
    Math.max(Math.abs(gazeYaw ?? yaw), Math.abs(gazePitch ?? pitch)),
  mouth_wide_open: ({ mouth }) => mouth,
  phone_in_hand: ({ phone }) => phone,
};

/** What lids cover of an eye that is so far open, without the noise of subtracting. */
const covered = (open: number): number => Math.round((1 - open) * 1000) / 1000;

/** The name of the furthest that a rule's state went, and the thresholds of its frames. */
export const tellingFigure: Partial<
  Readonly<Record<LastingRule, readonly [name: string, (rules: DriverRules) => Readonly<Record<string, number>>]>>
> = {
  microsleep: ['lidsCover', ({ eyesClosedShare }) => ({ lidsCover: covered(eyesClosedShare) })],
  sleep: ['lidsCover', ({ eyesClosedShare }) => ({ lidsCover: covered(eyesClosedShare) })],
  long_distraction: [
    'degrees',
    ({ gazeYawDegrees, gazePitchDegrees }) => ({ sideways: gazeYawDegrees, upOrDown: gazePitchDegrees }),
  ],
  yawn: ['mouthOpen', ({ mouthOpenShare }) => ({ mouthOpen: mouthOpenShare })],
  phone_use: ['score', ({ phoneConfidence }) => ({ score: phoneConfidence })],
};
