import type { Calibration, Unmeasured } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import { eyesTogether } from './eyes.ts';
import type { DriverRules } from './rules.ts';

/** One frame in the driver's own terms. `undefined` is "cannot be said", which is never taken for "fine". */
export interface Signal {
  readonly timeSeconds: number;
  /** Share of the eyes' own opening: 1 open, 0 shut. */
  readonly eyes: number | undefined;
  readonly eyesConfidence: number;
  /** Why nothing is said about the eyes. */
  readonly unmeasured: Unmeasured | undefined;
  /** Degrees from the driver's neutral. */
  readonly yaw: number | undefined;
  readonly pitch: number | undefined;
  readonly gazeYaw: number | undefined;
  readonly gazePitch: number | undefined;
  readonly mouth: number | undefined;
  readonly faceConfidence: number;
  readonly face: boolean;
  /** Score of a phone, where one was looked for. */
  readonly phone: number | undefined;
  /** The hand nearest to the face, where hands were looked for: none is one of no confidence. */
  readonly hand: { readonly confidence: number; readonly faceGap: number } | undefined;
  readonly obstructed: boolean;
  readonly degraded: boolean;
}

/** Turned further than this from the camera's axis, the lids cannot be measured. Degrees as the camera sees them. */
const turnedAway = 45;
/** Near a profile the landmarks' depth folds up: yaw stops growing and leaks into pitch. Degrees as the camera sees them. */
const pitchUnknown = 47;

const noHand = { confidence: 0, faceGap: 0 } as const;

/** Pure: a measurement and a calibration give a signal. */
export function signalOf(measurement: FaceMeasurement, calibration: Calibration, rules: DriverRules): Signal {
  const { driver, picture, timeSeconds } = measurement;
  const covered = picture.contrast < rules.obstructedContrast || picture.detail < rules.obstructedDetail;
  const extreme = picture.brightness < rules.darkLuma || picture.brightness > rules.brightLuma;
  const common = {
    timeSeconds,
    face: driver !== undefined,
    faceConfidence: driver?.confidence ?? 0,
    phone: measurement.lookedForPhone ? (measurement.phone?.confidence ?? 0) : undefined,
    // Without a face, nothing is near it.
    hand: measurement.lookedForHands && driver ? (measurement.hand ?? noHand) : undefined,
    obstructed: driver === undefined && covered,
    degraded: extreme && !(driver === undefined && covered),
  };
  if (!driver) {
    const nothing = { eyes: undefined, yaw: undefined, pitch: undefined, mouth: undefined };
    const unmeasured = covered || extreme ? 'camera' : 'no_face';
    return { ...common, ...nothing, gazeYaw: undefined, gazePitch: undefined, eyesConfidence: 0, unmeasured };
  }
  const { openness, confidence } = eyesTogether(driver);
  const shut = calibration.shutEye ?? calibration.openEye * rules.shutLidsShare;
  const measurable = confidence >= rules.eyeConfidence;
  const eyes = Math.min(1.5, Math.max(0, (openness - shut) / (calibration.openEye - shut)));
  const gaze = driver.gazeConfidence >= rules.gazeConfidence && eyes > rules.eyesOpenShare;
  const why = Math.abs(driver.yaw) > turnedAway ? 'turned_away' : 'eyes_hidden';
  return {
    ...common,
    eyes: measurable ? eyes : undefined,
    eyesConfidence: confidence,
    unmeasured: measurable ? undefined : why,
    yaw: driver.yaw - calibration.yaw,
    pitch: Math.abs(driver.yaw) > pitchUnknown ? undefined : driver.pitch - calibration.pitch,
    gazeYaw: gaze ? driver.gazeYaw - calibration.gazeYaw : undefined,
    gazePitch: gaze ? driver.gazePitch - calibration.gazePitch : undefined,
    mouth: driver.mouthOpening,
  };
}
