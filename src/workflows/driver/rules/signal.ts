import type { Calibration, Unmeasured } from '../../../core/driver-state.ts';
import type { FaceMeasurement, PhoneFinding } from '../../../core/face.ts';
import type { EyeBeliefs } from './eye-belief.ts';
import { eyesTogether } from './eyes.ts';
import type { DriverRules } from './rules.ts';

/** One frame in the driver's own terms. `undefined` is "cannot be said", which is never taken for "fine". */
export interface Signal {
  readonly timeSeconds: number;
  /** Share of the eyes' own opening: 1 open, 0 shut. */
  readonly eyes: number | undefined;
  readonly eyesConfidence: number;
  /** Chance that lids are down, by the pictures of the eyes and how far they measure open; undefined where it cannot be said. */
  readonly lidsDown: number | undefined;
  /** Eyes of which it cannot be said whether they are shut or look down: on the road they are not, either way. */
  readonly lidsLow: boolean;
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
  /** Score of a phone that a hand holds, where one was looked for and the driver was seen. */
  readonly phone: number | undefined;
  /** The hand nearest to the face, where hands were looked for: none is one of no confidence. */
  readonly hand: { readonly confidence: number; readonly faceGap: number } | undefined;
  /** Score of the surest person in view, where one was looked for. */
  readonly person: number | undefined;
  readonly obstructed: boolean;
  readonly degraded: boolean;
}

/** Turned further than this from the camera's axis, the lids cannot be measured. Degrees as the camera sees them. */
const turnedAway = 45;
/** Near a profile the landmarks' depth folds up: yaw stops growing and leaks into pitch. Degrees as the camera sees them. */
const pitchUnknown = 47;

const noHand = { confidence: 0, faceGap: 0 } as const;

/**
 * Pure: a measurement and a calibration give a signal.
 *
 * @param belief what the pictures of the eyes said up to now, where they were looked at
 */
export function signalOf(
  measurement: FaceMeasurement,
  calibration: Calibration,
  rules: DriverRules,
  belief?: EyeBeliefs,
): Signal {
  const { driver, picture, timeSeconds } = measurement;
  const covered = picture.contrast < rules.obstructedContrast || picture.detail < rules.obstructedDetail;
  const extreme = picture.brightness < rules.darkLuma || picture.brightness > rules.brightLuma;
  const common = {
    timeSeconds,
    face: driver !== undefined,
    faceConfidence: driver?.confidence ?? 0,
    phone: measurement.lookedForPhone && driver ? heldPhone(measurement.phone, rules) : undefined,
    person: measurement.lookedForPhone ? measurement.person : undefined,
    // A face that a hand covers is not found: the hand is. Without both, nobody knows.
    hand: measurement.lookedForHands ? (measurement.hand ?? (driver ? noHand : undefined)) : undefined,
    obstructed: driver === undefined && covered,
    degraded: extreme && !(driver === undefined && covered),
  };
  if (!driver) {
    const nothing = {
      eyes: undefined,
      lidsDown: undefined,
      lidsLow: false,
      yaw: undefined,
      pitch: undefined,
      mouth: undefined,
    };
    const unmeasured = covered || extreme ? 'camera' : 'no_face';
    return { ...common, ...nothing, gazeYaw: undefined, gazePitch: undefined, eyesConfidence: 0, unmeasured };
  }
  const { openness, widest, seen, confidence, evidence } = eyesTogether(driver);
  const shut = calibration.shutEye ?? calibration.openEye * rules.shutLidsShare;
  const shareOf = (each: number): number => Math.min(1.5, Math.max(0, (each - shut) / (calibration.openEye - shut)));
  const share = shareOf(openness);
  const isBelied =
    shareOf(widest) > rules.otherEyeShare ||
    (seen < 2 && share > rules.oneEyeClosedShare) ||
    !isKnownOpen(driver.yaw, calibration);
  const looksDown = evidence !== undefined && evidence.down > evidence.open;
  const eyes = eyesOf(share, isBelied, looksDown, confidence, Math.abs(driver.yaw) > turnedAway, belief, rules);
  const gaze = driver.gazeConfidence >= rules.gazeConfidence && (eyes.open ?? 0) > rules.eyesOpenShare;
  return {
    ...common,
    eyes: eyes.open,
    lidsDown: eyes.lidsDown,
    lidsLow: eyes.lidsLow === true && wasSeenOpen(driver.yaw, calibration),
    eyesConfidence: eyes.confidence,
    unmeasured: eyes.unmeasured,
    yaw: driver.yaw - calibration.yaw,
    pitch: Math.abs(driver.yaw) > pitchUnknown ? undefined : driver.pitch - calibration.pitch,
    gazeYaw: gaze ? driver.gazeYaw - calibration.gazeYaw : undefined,
    gazePitch: gaze ? driver.gazePitch - calibration.gazePitch : undefined,
    mouth: driver.mouthOpening,
  };
}

/** A phone that nobody holds, or that is likelier a cup, is none. */
function heldPhone(phone: PhoneFinding | undefined, { phoneHandGap }: DriverRules): number {
  if (!phone || phone.handGap === undefined || phone.handGap > phoneHandGap) return 0;
  return phone.otherConfidence < phone.confidence ? phone.confidence : 0;
}

/** Degrees beyond those at which eyes were seen open to which what they measure there is carried over. Own choice. */
const knownBeyond = 25;

/** Seconds of open eyes from which on it is known how they look. Own choice. */
const leastOpenSeconds = 2;

/** Whether this driver's open eyes were seen at about this turn of the head: at another one squinting eyes measure shut. */
function isKnownOpen(yaw: number, { openYaws }: Calibration): boolean {
  if (!openYaws) return true;
  return yaw >= openYaws[0] - knownBeyond && yaw <= openYaws[1] + knownBeyond;
}

/** Pictures may take somebody's narrow eyes for lowered ones all the time: who was hardly seen open is not told to be off the road by them. */
function wasSeenOpen(yaw: number, calibration: Calibration): boolean {
  return (calibration.openSeconds ?? 0) >= leastOpenSeconds && isKnownOpen(yaw, calibration);
}

interface Eyes {
  readonly open: number | undefined;
  readonly lidsDown: number | undefined;
  readonly lidsLow?: boolean;
  readonly confidence: number;
  readonly unmeasured: Unmeasured | undefined;
}

/** Half way between a closure and open eyes landmarks say nothing; a tenth of the opening further, one in four errs. */
const [evenShare, shareSpread] = [0.28, 0.08] as const;

/**
 * By how far the lids measure apart, and by what the pictures of the eyes say. Where both are at odds, nothing is said:
 * lids that are down and measure apart are shut behind glasses or in noise, or they look down; eyes that look open and
 * measure shut are narrowed, or their landmarks are astray.
 *
 * @param share of the driver's own opening
 * @param isBelied whether one eye measures too far open for both to be shut, for lids go down together; or for itself, seen
 *   alone; or this head's turn is one at which nobody knows how open eyes measure
 * @param looksDown what this one picture says: where it agrees with the landmarks, nothing has to be waited for
 * @param geometry how far the landmarks can be believed by turn and size
 */
function eyesOf(
  share: number,
  isBelied: boolean,
  looksDown: boolean,
  geometry: number,
  isTurnedAway: boolean,
  belief: EyeBeliefs | undefined,
  rules: DriverRules,
): Eyes {
  const nothing = { open: undefined, lidsDown: undefined };
  if (geometry < rules.eyeConfidence) {
    return { ...nothing, confidence: geometry, unmeasured: isTurnedAway ? 'turned_away' : 'eyes_hidden' };
  }
  if (belief && belief.hidden >= rules.eyesHiddenChance) {
    return { ...nothing, confidence: belief.hidden, unmeasured: 'eyes_hidden' };
  }
  const isShut = share <= rules.eyesStayClosedShare;
  const byShare = 1 / (1 + Math.exp((share - evenShare) / shareSpread));
  if (!belief) {
    if (isShut && isBelied) return { ...nothing, confidence: geometry, unmeasured: 'uncertain' };
    return { open: share, lidsDown: byShare, confidence: geometry, unmeasured: undefined };
  }
  const byPicture = belief.down / (belief.down + belief.open);
  const seen = 1 - belief.hidden;
  const isDown = byPicture >= rules.lidsDownChance;
  const isAtOdds = isShut ? !isDown && !looksDown && share <= rules.eyesClosedShare : isDown && looksDown;
  if (isAtOdds || (isShut && isBelied)) {
    const lidsLow = byPicture >= rules.lidsLowChance;
    return { ...nothing, lidsLow, confidence: seen * Math.max(byPicture, 1 - byPicture), unmeasured: 'uncertain' };
  }
  const even = { down: byShare * byPicture, up: (1 - byShare) * (1 - byPicture) };
  const lidsDown = even.down / (even.down + even.up);
  return { open: share, lidsDown, confidence: seen * Math.max(lidsDown, 1 - lidsDown), unmeasured: undefined };
}
