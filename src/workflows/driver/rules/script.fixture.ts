import type { Calibration } from '../../../core/driver-state.ts';
import type { EyeEvidence, FaceMeasurement, PhoneFinding, PictureCondition } from '../../../core/face.ts';
import { driverFace } from '../../../core/face.fixture.ts';
import { concludeDriver, type DriverConclusion } from './conclude.ts';
import { DriverMonitor, type Moment } from './monitor.ts';
import { defaultDriverRules, type DriverRules } from './rules.ts';

/** What a scripted driver does for a while; all else is an attentive driver's. */
export interface Act {
  readonly seconds: number;
  /** Share of the eyes' own opening: 1 open, 0 shut. */
  readonly eyes?: number;
  readonly eyeConfidence?: number;
  /** Share of the left eye's opening, seen half as well, where it differs. */
  readonly otherEye?: number;
  readonly yaw?: number;
  readonly pitch?: number;
  readonly gazeYaw?: number;
  readonly mouth?: number;
  /** Score of a phone, looked for once a second. */
  readonly phone?: number;
  /** How far a hand is from it, in widths of the face; null for none. Default 0. */
  readonly phoneHandGap?: number | null;
  /** Score of the likeliest other thing in its place. */
  readonly phoneOther?: number;
  /** Score of a person in view, looked for with phones. */
  readonly person?: number;
  /** Chances, by the pictures of both eyes, that they are open, down or hidden. */
  readonly evidence?: EyeEvidence;
  /** Score of a hand, looked for as often, and how far it is from the face in widths of the face. */
  readonly hand?: readonly [confidence: number, faceGap: number];
  readonly face?: false;
  readonly picture?: Partial<PictureCondition>;
  /** Frames never came. */
  readonly dropped?: true;
}

export const calibrated: Calibration = {
  state: 'calibrated',
  usableSeconds: 60,
  openEye: 0.25,
  yaw: 0,
  pitch: 0,
  gazeYaw: 0,
  gazePitch: 0,
};

/** Measurements of a script, one every `step` seconds (default 0.1) or at the steps given, over and over. */
export function perform(acts: readonly Act[], steps: readonly number[] = [0.1]): FaceMeasurement[] {
  const total = secondsOf(acts);
  const measurements: FaceMeasurement[] = [];
  let sought = -Infinity;
  // Counted in microseconds, so that sums of 0.1 do not drift over a threshold.
  for (
    let micros = 0, index = 0;
    micros < Math.round(total * 1e6);
    micros += Math.round(steps[index++ % steps.length]! * 1e6)
  ) {
    const timeSeconds = micros / 1e6;
    const act = actAt(acts, timeSeconds);
    if (act.dropped) continue;
    const lookedForPhone = timeSeconds - sought >= 1;
    if (lookedForPhone) sought = timeSeconds;
    measurements.push(measurementOf(act, timeSeconds, lookedForPhone));
  }
  return measurements;
}

export function secondsOf(acts: readonly Act[]): number {
  return acts.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** What the rules conclude from a script, with a calibrated driver. */
export function conclude(
  acts: readonly Act[],
  rules: Partial<DriverRules> = {},
  steps?: readonly number[],
): DriverConclusion {
  return concludeDriver(perform(acts, steps), secondsOf(acts), { ...defaultDriverRules, ...rules }, calibrated);
}

/** What the rules said of each frame of a script, with a calibrated driver. */
export function momentsOf(acts: readonly Act[]): Moment[] {
  const monitor = new DriverMonitor(defaultDriverRules, calibrated, 0.1);
  return perform(acts).map((measurement) => monitor.push(measurement));
}

/** Events by rule and their times: `sleep 5–9`. */
export function told({ events }: DriverConclusion): string[] {
  return events.map(({ rule, start, end }) => `${rule} ${Number(start.toFixed(2))}–${Number(end.toFixed(2))}`);
}

function actAt(acts: readonly Act[], timeSeconds: number): Act {
  let end = 0;
  return acts.find(({ seconds }) => (end += seconds) > timeSeconds + 1e-9) ?? acts.at(-1)!;
}

function measurementOf(act: Act, timeSeconds: number, lookedForPhone: boolean): FaceMeasurement {
  const { shutLidsShare } = defaultDriverRules;
  const { eyes = 1, eyeConfidence = 1, yaw = 0, pitch = 0, gazeYaw = yaw, mouth = 0.02, phone = 0.05 } = act;
  const opennessOf = (share: number): number => calibrated.openEye * (shutLidsShare + share * (1 - shutLidsShare));
  // The rules hold openness against the turn of the head: what an eye that far open measures at that angle.
  const evidence = act.evidence ? { evidence: act.evidence } : {};
  const eye = { openness: opennessOf(eyes) / Math.cos((yaw * Math.PI) / 180), confidence: eyeConfidence, ...evidence };
  const left = { ...eye, openness: opennessOf(act.otherEye ?? eyes), confidence: eyeConfidence / 2 };
  const driver = driverFace({
    left: act.otherEye === undefined ? eye : left,
    right: eye,
    yaw,
    pitch,
    gazeYaw,
    gazePitch: pitch,
    gazeConfidence: eyeConfidence,
    mouthOpening: mouth,
  });
  return {
    timeSeconds,
    picture: { brightness: 120, contrast: 55, detail: 4, ...act.picture },
    faces: act.face === false ? 0 : 1,
    ...(act.face === false ? {} : { driver }),
    lookedForPhone,
    ...(lookedForPhone ? { phone: phoneOf(act, phone) } : {}),
    ...(lookedForPhone && act.person !== undefined ? { person: act.person } : {}),
    lookedForHands: lookedForPhone,
    ...(lookedForPhone && act.hand
      ? { hand: { region: [0.5, 0.5, 0.1, 0.1], confidence: act.hand[0], faceGap: act.hand[1] } }
      : {}),
  };
}

function phoneOf({ phoneHandGap = 0, phoneOther = 0.02 }: Act, confidence: number): PhoneFinding {
  const found = { region: [0.5, 0.7, 0.05, 0.05] as const, confidence, otherConfidence: phoneOther };
  return phoneHandGap === null ? found : { ...found, handGap: phoneHandGap };
}
