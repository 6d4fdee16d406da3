import type { Calibration } from '../../core/driver-state.ts';
import type { FaceMeasurement } from '../../core/face.ts';
import { eyesTogether } from './eyes.ts';
import type { DriverRules } from './rules.ts';

/** Before anything was seen: means over recordings of several people by cameras in front of them. */
const unknown: Calibration = {
  state: 'none',
  usableSeconds: 0,
  openEye: 0.25,
  yaw: 0,
  pitch: -3,
  gazeYaw: 0,
  gazePitch: 0,
};

/** Of the openness seen, the part below the open eye: lids are up most of the time, and the widest are surprise. */
const openQuantile = 0.8;
/** Open eyes under this are no open eyes: somebody slept through the calibration. */
const leastOpenEye = 0.14;
/** Seconds of evidence that the population mean counts for. */
const priorSeconds = 1;
/** Width over which angles are taken for the same attitude, degrees. */
const sameAngle = 4;
const leastFace = 0.5;
/** Nobody drives with eyes turned further than this in their head: then the gaze was measured at other times. Degrees. */
const farthestEyes = 20;
/** An eye whose confidence is below this does not calibrate. */
const leastEye = 0.4;

/**
 * The driver's neutral over the first usable seconds: the attitude held most often, and the openness of open eyes.
 * Pure: the same measurements give the same calibration.
 */
export function calibrate(measurements: readonly FaceMeasurement[], rules: DriverRules): Calibration {
  const faces: Sample[] = [];
  const gazes: Sample[] = [];
  const eyes: Sample[] = [];
  let usable = 0;
  for (const [index, { driver, timeSeconds }] of measurements.entries()) {
    const next = measurements[index + 1]?.timeSeconds ?? timeSeconds;
    const seconds = Math.min(rules.frameHoldSeconds, next - timeSeconds);
    if (!driver || driver.confidence < leastFace) continue;
    if (usable + seconds > rules.calibrationSeconds) break;
    usable += seconds;
    const { yaw, pitch, gazeYaw, gazePitch } = driver;
    faces.push({ seconds, values: { yaw, pitch } });
    if (driver.gazeConfidence >= rules.gazeConfidence)
      gazes.push({ seconds, values: { yaw: gazeYaw, pitch: gazePitch } });
    const { openness, confidence } = eyesTogether(driver);
    if (confidence >= leastEye) eyes.push({ seconds, values: { openness } });
  }
  if (usable === 0) return unknown;
  const head = { yaw: commonest(faces, 'yaw'), pitch: commonest(faces, 'pitch') };
  // Seen for less than half of the time (a camera at the side), the eyes' most common direction is no neutral.
  const seen = gazes.reduce((sum, { seconds }) => sum + seconds, 0) >= usable / 2;
  const common = seen ? { yaw: commonest(gazes, 'yaw'), pitch: commonest(gazes, 'pitch') } : head;
  const gaze = Math.abs(common.yaw - head.yaw) > farthestEyes ? head : common;
  return {
    state: usable >= rules.calibrationLeastSeconds ? 'calibrated' : 'provisional',
    usableSeconds: round(usable, 2),
    openEye: round(openEyeOf(eyes), 4),
    yaw: round(head.yaw, 1),
    pitch: round(head.pitch, 1),
    gazeYaw: round(gaze.yaw, 1),
    gazePitch: round(gaze.pitch, 1),
  };
}

interface Sample {
  readonly seconds: number;
  readonly values: Readonly<Record<string, number>>;
}

function openEyeOf(samples: readonly Sample[]): number {
  const sorted = samples.toSorted((a, b) => a.values['openness']! - b.values['openness']!);
  const total = sorted.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return unknown.openEye;
  let passed = 0;
  const at = sorted.find(({ seconds }) => (passed += seconds) >= total * openQuantile) ?? sorted.at(-1)!;
  const seen = Math.max(leastOpenEye, at.values['openness']!);
  return (seen * total + unknown.openEye * priorSeconds) / (total + priorSeconds);
}

/** The value around which most of the time was spent: the mean within the densest window. */
function commonest(samples: readonly Sample[], name: string): number {
  const sorted = samples
    .map(({ seconds, values }) => ({ seconds, value: values[name]! }))
    .toSorted((a, b) => a.value - b.value);
  let [first, weight, sum, bestWeight, best] = [0, 0, 0, -1, 0];
  for (const { seconds, value } of sorted) {
    // The last sample of a series has no length of its own.
    const own = Math.max(seconds, 1e-3);
    weight += own;
    sum += own * value;
    while (value - sorted[first]!.value > sameAngle) {
      const left = sorted[first]!;
      weight -= Math.max(left.seconds, 1e-3);
      sum -= Math.max(left.seconds, 1e-3) * left.value;
      first += 1;
    }
    if (weight > bestWeight) [bestWeight, best] = [weight, sum / weight];
  }
  return best;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
