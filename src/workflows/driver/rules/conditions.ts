import { Latch } from './holding.ts';
import type { DriverRules } from './rules.ts';
import type { Signal } from './signal.ts';

/** What holds in one frame; `undefined` where it cannot be said. */
export interface Conditions {
  readonly eyesClosed: boolean | undefined;
  readonly headDown: boolean | undefined;
  readonly headUp: boolean | undefined;
  readonly headTurned: boolean | undefined;
  readonly gazeAway: boolean | undefined;
  /** Only where the eyes themselves are seen: a head that points to the road says nothing of them. */
  readonly eyesOnRoad: boolean | undefined;
  /** Eyes closed, lids so low that they are closed or look down, or gaze away, either after the other. */
  readonly offRoad: boolean | undefined;
  readonly mouthOpen: boolean | undefined;
  readonly phoneInHand: boolean | undefined;
  readonly handNearFace: boolean | undefined;
  /** 0–1, what the last looks scored: the median for phones. */
  readonly phoneScore: number;
  readonly handScore: number;
  /** Of a covered, dark or blinding picture it cannot be said. */
  readonly noDriver: boolean | undefined;
  readonly obstructed: boolean;
  readonly degraded: boolean;
  readonly notMeasurable: boolean;
  /** Eyes are seen, and not shut, but where they look cannot be said: lids stay half open, or landmarks are unsure. */
  readonly unclear: boolean;
}

/** Those that hold or do not. */
export type Condition = Exclude<keyof Conditions, 'phoneScore' | 'handScore'>;

/** Judges signals one after another, with the hysteresis that needs to remember the one before. */
export class Judge {
  readonly #rules: DriverRules;
  readonly #closed: Latch;
  readonly #down: Latch;
  readonly #up: Latch;
  readonly #turned: Latch;
  readonly #away: Latch;
  readonly #mouth: Latch;
  #closedSince = Infinity;
  #downSince = Infinity;
  #lowSince = Infinity;
  #widestMouth = 0;
  #phoneScore = 0;
  #phoneLooks: { readonly at: number; readonly score: number }[] = [];
  #personLook: { readonly at: number; readonly there: boolean } | undefined;
  #handLook: { readonly at: number; readonly near: boolean; readonly score: number } | undefined;

  /** @param forgetSeconds how long what was judged is remembered where nothing can be judged */
  constructor(rules: DriverRules, forgetSeconds: number) {
    this.#rules = rules;
    const latch = (): Latch => new Latch(forgetSeconds);
    [this.#closed, this.#down, this.#up, this.#turned, this.#away, this.#mouth] = [
      latch(),
      latch(),
      latch(),
      latch(),
      latch(),
      latch(),
    ];
  }

  judge(signal: Signal): Conditions {
    const rules = this.#rules;
    const { headPitchDegrees: nod, headTurnedDegrees: turn, headReturnDegrees: back } = rules;
    const { timeSeconds: at, yaw, pitch } = signal;
    const turned = Math.abs(yaw ?? 0);
    const headTurned = yaw === undefined ? undefined : this.#turned.push(at, turned >= turn, turned <= turn - back);
    const headDown = pitch === undefined ? undefined : this.#down.push(at, pitch <= -nod, pitch >= back - nod);
    const eyesClosed = this.#eyesClosed(signal, headDown);
    const gazeAway = this.#gazeAway(signal, eyesClosed, headTurned, headDown);
    const headUp = pitch === undefined ? undefined : this.#up.push(at, pitch >= nod, pitch <= nod - back);
    return {
      eyesClosed,
      headDown,
      headUp,
      headTurned,
      gazeAway,
      eyesOnRoad: eyesOnRoad(eyesClosed, gazeAway),
      offRoad: eyesClosed === true || this.#areLidsLow(signal) || gazeAway,
      mouthOpen: this.#mouthOpen(signal),
      phoneInHand: this.#phone(signal),
      phoneScore: this.#phoneScore,
      handNearFace: this.#hand(signal),
      handScore: this.#handLook?.score ?? 0,
      noDriver: this.#noDriver(signal),
      obstructed: signal.obstructed,
      degraded: signal.degraded,
      notMeasurable: signal.unmeasured !== undefined,
      unclear: signal.unmeasured === undefined && eyesClosed !== true && gazeAway === undefined,
    };
  }

  /**
   * Lids sink with a lowered head that reads or looks at a lap. Whether such eyes are shut cannot be seen from in front:
   * closed they count only if they were so, for as long as a blink, before the head went down.
   *
   * Nor are lids shut that stay a little higher: a lowered gaze takes them half way down. Between a closure and open eyes
   * nothing is said, so that noise does not cut it, and a stay there ends it where they were last shut.
   */
  #eyesClosed({ eyes, timeSeconds }: Signal, headDown: boolean | undefined): boolean | undefined {
    const { eyesClosedShare, eyesStayClosedShare, eyesOpenShare, blinkSeconds } = this.#rules;
    this.#downSince = headDown === true ? Math.min(this.#downSince, timeSeconds) : Infinity;
    if (eyes === undefined) return undefined;
    const was = this.#closed.holds(timeSeconds);
    const shutBefore = was && this.#downSince - this.#closedSince >= blinkSeconds - 1e-6;
    if (headDown === true && !shutBefore && eyes < eyesOpenShare) {
      this.#closed.forget();
      return undefined;
    }
    if (was && eyes > eyesStayClosedShare && eyes > eyesClosedShare && eyes < eyesOpenShare) return undefined;
    const closed = this.#closed.push(timeSeconds, eyes <= eyesClosedShare, eyes >= eyesOpenShare);
    if (closed && !was) this.#closedSince = timeSeconds;
    return closed;
  }

  /** A mouth opened wide ends half way back to shut: a narrow picture of a yawn hovers where a wide one begins to end. */
  #mouthOpen({ mouth, timeSeconds }: Signal): boolean | undefined {
    if (mouth === undefined) return undefined;
    const { mouthOpenShare, mouthShutShare, mouthClosingShare } = this.#rules;
    if (!this.#mouth.holds(timeSeconds)) this.#widestMouth = 0;
    const ends = Math.min(mouthShutShare, Math.max(mouthClosingShare, this.#widestMouth / 2));
    const open = this.#mouth.push(timeSeconds, mouth >= mouthOpenShare, mouth <= ends);
    this.#widestMouth = open ? Math.max(this.#widestMouth, mouth) : 0;
    return open;
  }

  /** By the eyes where they are seen, by the head where they are not; closed eyes look nowhere. */
  #gazeAway(
    { timeSeconds, gazeYaw, gazePitch }: Signal,
    eyesClosed: boolean | undefined,
    headTurned: boolean | undefined,
    headDown: boolean | undefined,
  ): boolean | undefined {
    if (eyesClosed === true) return undefined;
    const { gazeYawDegrees, gazePitchDegrees, headReturnDegrees: hysteresis } = this.#rules;
    if (gazeYaw === undefined || gazePitch === undefined) {
      return headTurned === true || headDown === true ? true : undefined;
    }
    const [sideways, upright] = [Math.abs(gazeYaw), Math.abs(gazePitch)];
    const off = sideways > gazeYawDegrees || upright > gazePitchDegrees;
    const back = sideways <= gazeYawDegrees - hysteresis && upright <= gazePitchDegrees - hysteresis;
    return this.#away.push(timeSeconds, off, back);
  }

  /** By the median of several looks: a single one takes mirrors and hands for phones, and misses those half hidden. */
  #phone({ phone, timeSeconds }: Signal): boolean | undefined {
    const { phoneConfidence, phoneLooks, phoneHoldSeconds } = this.#rules;
    if (phone !== undefined) {
      this.#phoneLooks = [...this.#phoneLooks, { at: timeSeconds, score: phone }].slice(-phoneLooks);
      const scores = this.#phoneLooks.map(({ score }) => score).toSorted((a, b) => a - b);
      this.#phoneScore = scores.length === phoneLooks ? scores[Math.floor(phoneLooks / 2)]! : 0;
    }
    const [oldest] = this.#phoneLooks;
    const known = this.#phoneLooks.length === phoneLooks && timeSeconds - oldest!.at <= phoneHoldSeconds;
    return known ? this.#phoneScore >= phoneConfidence : undefined;
  }

  /** Lids that stay low: a glance at the dashboard alone is soon over. */
  #areLidsLow({ lidsLow, timeSeconds }: Signal): boolean {
    this.#lowSince = lidsLow ? Math.min(this.#lowSince, timeSeconds) : Infinity;
    return timeSeconds - this.#lowSince >= this.#rules.lidsLowSeconds - 1e-6;
  }

  /** Somebody whose face is not seen, in profile or behind a hand, is there all the same. */
  #noDriver({ face, unmeasured, person, timeSeconds }: Signal): boolean | undefined {
    const { personConfidence, handHoldSeconds } = this.#rules;
    if (person !== undefined) this.#personLook = { at: timeSeconds, there: person >= personConfidence };
    if (face) return false;
    if (unmeasured === 'camera') return undefined;
    const look = this.#personLook;
    return look?.there && timeSeconds - look.at <= handHoldSeconds ? undefined : true;
  }

  /** As the last look said, until the next one is long overdue. */
  #hand({ hand, timeSeconds }: Signal): boolean | undefined {
    const { handConfidence, handFaceGap, handHoldSeconds } = this.#rules;
    if (hand !== undefined) {
      const near = hand.confidence >= handConfidence && hand.faceGap <= handFaceGap;
      this.#handLook = { at: timeSeconds, near, score: hand.confidence };
    }
    if (!this.#handLook || timeSeconds - this.#handLook.at > handHoldSeconds) return undefined;
    return this.#handLook.near;
  }
}

function eyesOnRoad(eyesClosed: boolean | undefined, gazeAway: boolean | undefined): boolean | undefined {
  if (eyesClosed === true || gazeAway === true) return false;
  return eyesClosed === false && gazeAway === false ? true : undefined;
}
