import type { DriverState } from '../../../core/driver-state.ts';
import type { Conditions } from './conditions.ts';
import type { DriverRules } from './rules.ts';
import type { Signal } from './signal.ts';

/** Nothing that was measured is certain. */
const most = 0.99;
/** Degrees by which head and gaze err from frame to frame and between cameras; the opening of a mouth, as a share. Measured. */
const [headError, gazeError, mouthError] = [3, 4, 0.05] as const;
/** Phones in hand were told from other things in hands half and half at this score; few recordings hold any. Measured. */
const [evenPhone, phoneError, surestPhone] = [0.17, 0.04, 0.8] as const;
/** Nobody in the picture, a covered one: what was not seen may still be there. Own choice. */
const absence = 0.9;

/** How likely a state holds in a frame in which it was judged to hold, 0–1: by how far it is beyond what it might as well not. */
export function confidenceOf(state: DriverState, signal: Signal, conditions: Conditions, rules: DriverRules): number {
  return Math.min(most, chanceOf(state, signal, conditions, rules));
}

/** The same for what is no state of its own: a seat without a driver, a covered camera. */
export function confidenceOfCondition(rule: string, signal: Signal): number {
  return rule === 'unresponsive' ? Math.min(most, signal.eyesConfidence) : absence;
}

function chanceOf(state: DriverState, signal: Signal, conditions: Conditions, rules: DriverRules): number {
  const { faceConfidence: face, pitch = 0, yaw = 0, mouth = 0, eyesConfidence: eyes } = signal;
  switch (state) {
    case 'not_measurable':
      return most;
    case 'head_down':
    case 'head_up':
      return face * beyond(Math.abs(pitch), rules.headPitchDegrees - rules.headReturnDegrees, headError);
    case 'head_turned':
      return face * beyond(Math.abs(yaw), rules.headTurnedDegrees - rules.headReturnDegrees, headError);
    case 'mouth_wide_open':
      return face * beyond(mouth, rules.mouthClosingShare, mouthError);
    case 'phone_in_hand':
      return Math.min(surestPhone, beyond(conditions.phoneScore, evenPhone, phoneError));
    case 'hand_near_face':
      return conditions.handScore;
    case 'gaze_away':
      return signal.gazeYaw === undefined ? face * 0.9 : eyes * gazeOff(signal, rules);
    case 'eyes_on_road':
      return eyes * (1 - gazeOff(signal, rules));
    case 'eyes_closed':
    default:
      return eyes;
  }
}

/** The chance that a gaze is off the road: by the direction that is further off. */
function gazeOff({ gazeYaw = 0, gazePitch = 0 }: Signal, rules: DriverRules): number {
  return Math.max(
    beyond(Math.abs(gazeYaw), rules.gazeYawDegrees, gazeError),
    beyond(Math.abs(gazePitch), rules.gazePitchDegrees, gazeError),
  );
}

function beyond(value: number, even: number, error: number): number {
  return 1 / (1 + Math.exp((even - value) / error));
}
