import type { Calibration } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
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
const minOpenEye = 0.14;
/** Lids further down than this share of the open eye are blinking or shut, not tired. Own choice. */
const lowered = 0.5;
/** Of the openness of lowered lids, the part that is shut: the rest is on its way there, or looks at the dashboard. */
const shutQuantile = 0.1;
/** Seconds of evidence that the usual measure of shut lids counts for: five blinks or so. */
const shutPriorSeconds = 1;
/** Lids up to this share of the open eye again have left what they were lowered for. Own choice: hysteresis. */
const raised = 0.65;
/** Of what was seen while lids were low once, the part that is where they rested: noise reaches below it. Own choice. */
const restQuantile = 0.25;
/** Times that lids went down that the usual measure counts for. Own choice: one look at a lap is little evidence. */
const shutPriorTimes = 3;
/** Lids that never measured less than this share of the open eye were not shut. */
const maxShut = 0.38;
/** Seconds of evidence that the population mean counts for. */
const priorSeconds = 1;
/** Width over which angles are taken for the same attitude, degrees. */
const sameAngle = 4;
/** Spread of neutral pitches between faces and mountings of cameras, degrees. Own choice: wide, to break ties only. */
const usualSpread = 20;
/** The same for how far to a side a driver who looks ahead is turned, seen for no longer than calibrates. Own choice. */
const usualTurn = 25;
const minFace = 0.5;
/** Nobody drives with eyes turned further than this in their head: then the gaze was measured at other times. Degrees. */
const farthestEyes = 20;
/** Of the turns of the head at which eyes were seen open, the share at either end that is left out. Own choice. */
const fewYaws = 0.03;
/** An eye whose confidence is below this does not calibrate. */
const minEye = 0.4;

/**
 * The driver's neutral over the first usable seconds: the attitude held most often, and the openness of open eyes and of
 * shut ones.
 * Pure: the same measurements give the same calibration.
 */
export function calibrate(measurements: Iterable<FaceMeasurement>, rules: DriverRules): Calibration {
  const calibrator = new Calibrator(rules);
  for (const measurement of measurements) {
    calibrator.push(measurement);
    if (calibrator.whole) break;
  }
  return calibrator.calibration();
}

/** Calibrates while measurements come in, in order of time. */
export class Calibrator {
  readonly #rules: DriverRules;
  readonly #faces: Sample[] = [];
  readonly #gazes: Sample[] = [];
  readonly #eyes: Sample[] = [];
  #usable = 0;
  #last: FaceMeasurement | undefined;
  #whole = false;
  #hasPictures = false;

  constructor(rules: DriverRules) {
    this.#rules = rules;
  }

  /** The usable seconds are full: nothing that follows changes the calibration. */
  get whole(): boolean {
    return this.#whole;
  }

  push(measurement: FaceMeasurement): void {
    if (this.#last) this.#take(this.#last, measurement.timeSeconds - this.#last.timeSeconds);
    this.#last = measurement;
  }

  /** By what was pushed so far. Ends it: nothing may be pushed afterwards. */
  calibration(): Calibration {
    // The last one of a series holds for no time, but was seen.
    if (this.#last) this.#take(this.#last, 0);
    const { calibrationLeastSeconds, headTurnedDegrees, headPitchDegrees, shutLidsShare } = this.#rules;
    const usable = this.#usable;
    if (usable === 0) return unknown;
    // A look aside that fills a short clip is no neutral; a longer one shows where a camera at the side is.
    const isShort = usable < calibrationLeastSeconds;
    const yaw = commonest(this.#faces, 'yaw', isShort ? { value: unknown.yaw, spread: usualTurn } : undefined);
    const ahead = this.#faces.filter(({ values }) => Math.abs(values['yaw']! - yaw) <= headTurnedDegrees / 2);
    const head = { yaw, pitch: commonest(ahead, 'pitch', { value: unknown.pitch, spread: usualSpread }) };
    // By their pictures, so that neither sleep nor dark glasses pass for this driver's open eyes.
    const looked = this.#eyes.filter(({ values }) => values['open']! >= 0.5);
    const openEye = openEyeOf(looked);
    const level = this.#eyes.filter(({ values }) => values['pitch']! > head.pitch - headPitchDegrees);
    const shutEye = shutEyeOf(level, openEye, shutLidsShare);
    // Seen for less than half of the time (a camera at the side), the eyes' most common direction is no neutral.
    const seen = this.#gazes.reduce((sum, { seconds }) => sum + seconds, 0) >= usable / 2;
    const common = seen ? { yaw: commonest(this.#gazes, 'yaw'), pitch: commonest(this.#gazes, 'pitch') } : head;
    const gaze = Math.abs(common.yaw - head.yaw) > farthestEyes ? head : common;
    return {
      state: usable >= calibrationLeastSeconds ? 'calibrated' : 'provisional',
      usableSeconds: round(usable, 2),
      ...(this.#hasPictures ? openSeen(looked) : {}),
      openEye: round(openEye, 4),
      ...(shutEye === undefined ? {} : { shutEye: round(shutEye, 4) }),
      yaw: round(head.yaw, 1),
      pitch: round(head.pitch, 1),
      gazeYaw: round(gaze.yaw, 1),
      gazePitch: round(gaze.pitch, 1),
    };
  }

  #take({ driver }: FaceMeasurement, untilNext: number): void {
    const { frameHoldSeconds, calibrationSeconds, gazeConfidence } = this.#rules;
    if (this.#whole || !driver || driver.confidence < minFace) return;
    const seconds = Math.min(frameHoldSeconds, untilNext);
    if (this.#usable + seconds > calibrationSeconds) {
      this.#whole = true;
      return;
    }
    this.#usable += seconds;
    const { yaw, pitch, gazeYaw, gazePitch } = driver;
    this.#faces.push({ seconds, values: { yaw, pitch } });
    const { openness, confidence, evidence } = eyesTogether(driver);
    if (evidence) this.#hasPictures = true;
    if (evidence && evidence.hidden >= 0.5) return;
    if (driver.gazeConfidence >= gazeConfidence)
      this.#gazes.push({ seconds, values: { yaw: gazeYaw, pitch: gazePitch } });
    if (confidence >= minEye) this.#eyes.push({ seconds, values: { openness, pitch, yaw, open: evidence?.open ?? 1 } });
  }
}

/** For how long, and at which turns of the head, eyes were seen open. */
function openSeen(looked: readonly Sample[]): Pick<Calibration, 'openSeconds' | 'openYaws'> {
  const openSeconds = round(secondsOf(looked), 2);
  const yaws = looked.map(({ values }) => values['yaw']!).toSorted((a, b) => a - b);
  const [least, most] = [yaws[Math.floor(yaws.length * fewYaws)], yaws[Math.ceil(yaws.length * (1 - fewYaws)) - 1]];
  if (least === undefined || most === undefined) return { openSeconds };
  return { openSeconds, openYaws: [round(least, 1), round(most, 1)] };
}

interface Sample {
  readonly seconds: number;
  readonly values: Readonly<Record<string, number>>;
}

function openEyeOf(samples: readonly Sample[]): number {
  const seen = quantile(samples, openQuantile);
  if (seen === undefined) return unknown.openEye;
  const total = secondsOf(samples);
  return (Math.max(minOpenEye, seen) * total + unknown.openEye * priorSeconds) / (total + priorSeconds);
}

/**
 * Behind glasses, in the dark and in noise the lids of shut eyes measure further apart: as far as the lowest that were
 * seen while the head was up. Undefined where that is no more than usual.
 *
 * A gaze that is lowered for seconds takes the lids half way down, and must not pass for the driver's shut eyes. By the
 * time they spent there such looks outweigh blinks; counted once each, however long they last, they do not, unless a
 * blink on the way down is hidden in each. So the lower of both estimates is taken: either is misled in its own way only.
 */
function shutEyeOf(samples: readonly Sample[], openEye: number, usualShare: number): number | undefined {
  const usual = openEye * usualShare;
  const estimate = (seen: number, weight: number, prior: number): number =>
    (Math.min(openEye * maxShut, seen) * weight + usual * prior) / (weight + prior);
  const lowerings = loweringsOf(samples, openEye);
  const low = lowerings.flat();
  if (low.length === 0) return undefined;
  const rests = lowerings.map((each) => quantile(each, restQuantile) ?? Infinity).toSorted((a, b) => a - b);
  const byTime = estimate(quantile(low, shutQuantile) ?? 0, secondsOf(low), shutPriorSeconds);
  const byCount = estimate(rests[Math.floor(rests.length * shutQuantile)]!, rests.length, shutPriorTimes);
  const shut = Math.min(byTime, byCount);
  return shut > usual ? shut : undefined;
}

/** What was seen of low lids, for each time that they went down. */
function loweringsOf(samples: readonly Sample[], openEye: number): Sample[][] {
  const lowerings: Sample[][] = [];
  let current: Sample[] | undefined;
  for (const sample of samples) {
    const share = sample.values['openness']! / openEye;
    if (share >= raised) current = undefined;
    if (share >= lowered) continue;
    if (!current) lowerings.push((current = []));
    current.push(sample);
  }
  return lowerings;
}

/** The openness that this share of the time stays below; undefined where there is no time. */
function quantile(samples: readonly Sample[], share: number): number | undefined {
  const sorted = samples.toSorted((a, b) => a.values['openness']! - b.values['openness']!);
  const total = secondsOf(sorted);
  if (total === 0) return undefined;
  let passed = 0;
  return (sorted.find(({ seconds }) => (passed += seconds) >= total * share) ?? sorted.at(-1)!).values['openness']!;
}

function secondsOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * The value around which most of the time was spent: the mean within the densest window. Where two are held about as
 * long, as by someone who nods and looks up again, the one nearer to `usual` counts.
 */
function commonest(
  samples: readonly Sample[],
  name: string,
  usual?: { readonly value: number; readonly spread: number },
): number {
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
    const mean = sum / weight;
    const likely = usual === undefined ? weight : weight * Math.exp(-(((mean - usual.value) / usual.spread) ** 2) / 2);
    if (likely > bestWeight) [bestWeight, best] = [likely, mean];
  }
  return best;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
