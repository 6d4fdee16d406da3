import type {
  Calibration,
  DriverRuleName,
  DriverSpan,
  DriverState,
  MeasuredEvent,
  Unmeasured,
} from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import type { Span } from '../../../core/slide.ts';
import { confidenceOf, confidenceOfCondition } from './confidences.ts';
import { Judge, type Condition, type Conditions } from './conditions.ts';
import { EyeBelief } from './eye-belief.ts';
import { EventBook, type Raised } from './event-book.ts';
import { Glances } from './glances.ts';
import { Holding, type Held } from './holding.ts';
import { furthestOf, secondsSetting, tellingFigure, type LastingRule } from './lasting-rules.ts';
import { Perclos } from './perclos.ts';
import { sourceOf } from './rule-sources.ts';
import type { DriverRules } from './rules.ts';
import { signalOf, type Signal } from './signal.ts';

/** One frame as the rules saw it: a column of the lanes in the report. */
export interface Moment extends Signal, Conditions {
  readonly perclos: number | undefined;
  readonly blinksPerMinute: number | undefined;
}

const spanConditions = {
  eyes_closed: 'eyesClosed',
  head_down: 'headDown',
  head_up: 'headUp',
  head_turned: 'headTurned',
  gaze_away: 'gazeAway',
  eyes_on_road: 'eyesOnRoad',
  mouth_wide_open: 'mouthOpen',
  phone_in_hand: 'phoneInHand',
  hand_near_face: 'handNearFace',
  not_measurable: 'notMeasurable',
} as const satisfies Readonly<Record<DriverState, Condition>>;
const states = Object.entries(spanConditions) as readonly (readonly [DriverState, Condition])[];

/** Rules about a condition that is no state of its own. */
const conditionRules = [
  ['unresponsive', 'offRoad'],
  ['no_driver', 'noDriver'],
  ['camera_obstructed', 'obstructed'],
  ['camera_degraded', 'degraded'],
] as const satisfies readonly (readonly [LastingRule, Condition])[];
type ConditionRule = (typeof conditionRules)[number][0];

/** Rules that a state's end settles; closed eyes have two, of which one is met. */
const stateRules = [
  ['gaze_away', 'long_distraction'],
  ['mouth_wide_open', 'yawn'],
  ['phone_in_hand', 'phone_use'],
] as const satisfies readonly (readonly [DriverState, LastingRule])[];

/** Events that rest on a tally of what was, and are never taken back. */
const tallied = ['drowsiness', 'repeated_distraction', 'lockout'] as const satisfies readonly DriverRuleName[];

/** Seconds from which on it matters that nobody can say where the eyes look. Own choice: well over a blink. */
const unclearSeconds = 1;

const blinkWindowSeconds = 60;
/** Seconds of eyes seen within that window below which no rate is given: as for PERCLOS, half of it. */
export const blinkLeastSeconds = 30;
/** Sums of times are compared with thresholds to the microsecond, so that 3.0 s of frames at 10 a second are 3 s. */
const epsilon = 1e-6;

/**
 * The rules as a state machine: measurements go in one after another, states and events come out. Pure and replayable:
 * the same measurements, calibration and rules give the same result, whenever and wherever they are pushed.
 */
export class DriverMonitor {
  readonly spans: DriverSpan[] = [];
  /** Stretches of a second and more in which eyes were seen, but neither shut nor looking anywhere that could be told. */
  readonly unclear: Span[] = [];
  readonly blinks: number[] = [];
  readonly #rules: DriverRules;
  readonly #calibration: Calibration;
  readonly #judge: Judge;
  readonly #belief: EyeBelief;
  readonly #events = new EventBook();
  readonly #holdings: Readonly<Record<DriverState, Holding>>;
  readonly #conditions: readonly (readonly [ConditionRule, Holding, Condition])[];
  readonly #unclear: Holding;
  readonly #perclos: Perclos;
  /** The time in which blinks could be seen. */
  readonly #eyesSeen = new Perclos(blinkWindowSeconds, blinkLeastSeconds);
  readonly #glances: Glances;
  readonly #everySeconds: number;
  readonly #frameHold: number;
  #last: Moment | undefined;
  #reasons = new Map<Unmeasured, number>();

  /** @param everySeconds the usual distance between measurements: at low rates one holds for longer */
  constructor(rules: DriverRules, calibration: Calibration, everySeconds: number) {
    this.#rules = rules;
    this.#calibration = calibration;
    this.#everySeconds = everySeconds;
    this.#frameHold = Math.max(rules.frameHoldSeconds, 2 * everySeconds);
    this.#judge = new Judge(rules, this.#frameHold);
    this.#belief = new EyeBelief(rules);
    const bridge = Math.max(rules.bridgeSeconds, 1.5 * everySeconds);
    // In a blink nobody looks anywhere: it does not end what the gaze does.
    const blink = Math.max(bridge, rules.blinkSeconds + everySeconds);
    const bridgeOf = (of: DriverState | ConditionRule): number =>
      of === 'gaze_away' || of === 'unresponsive' ? blink : bridge;
    const holdings = states.map(([state]) => [state, new Holding(bridgeOf(state))]);
    this.#holdings = Object.fromEntries(holdings) as Record<DriverState, Holding>;
    this.#conditions = conditionRules.map(([rule, condition]) => [rule, new Holding(bridgeOf(rule)), condition]);
    this.#unclear = new Holding(blink);
    this.#perclos = new Perclos(rules.perclosWindowSeconds, rules.perclosLeastSeconds);
    const { repeatedDistractionWindowSeconds, backOnRoadSeconds, blinkSeconds } = rules;
    this.#glances = new Glances(repeatedDistractionWindowSeconds, backOnRoadSeconds, blinkSeconds + everySeconds);
  }

  /** Takes the next measurement, later than the one before. */
  push(measurement: FaceMeasurement): Moment {
    const { timeSeconds } = measurement;
    this.#passTime(timeSeconds);
    const belief = this.#belief.push(timeSeconds, measurement.driver);
    const signal = signalOf(measurement, this.#calibration, this.#rules, belief);
    const conditions = this.#judge.judge(signal);
    this.#holdStates(timeSeconds, signal, conditions);
    this.#raise(timeSeconds);
    const moment = {
      ...signal,
      ...conditions,
      perclos: this.#drowsiness(timeSeconds),
      blinksPerMinute: this.#blinkRate(timeSeconds),
    };
    this.#last = moment;
    return moment;
  }

  /** The series ends here: what still holds ends with it. */
  finish(endSeconds: number): void {
    this.#passTime(endSeconds);
    this.#endAll(endSeconds);
    for (const rule of tallied) this.#events.close(rule, endSeconds);
  }

  /** Events that have ended, in order of beginning. Complete after `finish`. */
  events(): MeasuredEvent[] {
    return this.#events.list();
  }

  /** How many events have ended. */
  get eventsEnded(): number {
    return this.#events.ended;
  }

  /**
   * The time before which nothing begins any more that `spans`, `unclear` and `events` do not list yet, but for eyes on the
   * road. Far behind the last measurement: drowsiness is said of the whole minute before it.
   */
  get settledUntil(): number {
    if (!this.#last) return -Infinity;
    const { timeSeconds } = this.#last;
    const inStates = states.map(([of]) => (of === 'eyes_on_road' ? undefined : this.#holdings[of].held?.start));
    const met = this.#conditions.map(([, { held }]) => held?.start);
    const ahead = timeSeconds - this.#rules.perclosWindowSeconds;
    const begun = [...inStates, ...met, this.#unclear.held?.start, this.#glances.earliest, timeSeconds, ahead];
    return Math.min(...begun.filter((each) => each !== undefined));
  }

  /** What has not ended, but has held for so long that it will be listed; each at least as long as it is known to hold. */
  get underWay(): readonly { readonly of: DriverState | DriverRuleName | 'unclear'; readonly span: Span }[] {
    const { shortestStateSeconds, blinkSeconds } = this.#rules;
    const inStates = states.map(([of]) => {
      const least =
        of === 'eyes_closed' ? Math.max(shortestStateSeconds, blinkSeconds + 2 * epsilon) : shortestStateSeconds;
      return { of, span: this.#holdings[of].held, least };
    });
    const met = this.#conditions.map(([of, { held }]) => {
      // Seen in a single frame it is no event yet.
      return { of, span: held && held.frames > 1 ? held : undefined, least: this.#rules[secondsSetting[of]] };
    });
    const raised = tallied.map((of) => {
      const start = this.#events.openSince(of);
      return { of, span: start === undefined ? undefined : { start, end: this.#last?.timeSeconds ?? start }, least: 0 };
    });
    const unclear = { of: 'unclear' as const, span: this.#unclear.held, least: unclearSeconds };
    return [...inStates, ...met, ...raised, unclear].flatMap(({ of, span, least }) =>
      span && span.end - span.start >= least ? { of, span } : [],
    );
  }

  /** The last measurement held until this one; where frames are missing, until the next one should have come. */
  #passTime(timeSeconds: number): void {
    const last = this.#last;
    if (!last) return;
    const missing = timeSeconds - last.timeSeconds > this.#frameHold + epsilon;
    const heldUntil = missing ? last.timeSeconds + this.#everySeconds : timeSeconds;
    const seconds = heldUntil - last.timeSeconds;
    if (last.eyes !== undefined) {
      for (const window of [this.#perclos, this.#eyesSeen]) {
        window.add(heldUntil, seconds, last.eyes <= this.#rules.eyesClosedShare, last.eyesConfidence);
      }
    }
    this.#glances.add(last.timeSeconds, heldUntil, last.gazeAway, last.eyesConfidence);
    if (last.unmeasured) this.#addReason(last.unmeasured, seconds);
    if (!missing) return;
    this.#glances.add(heldUntil, timeSeconds, undefined, 0);
    this.#endAll(heldUntil, 'not_measurable');
    this.#holdings.not_measurable.push(heldUntil, true, 1);
    this.#addReason('no_frames', timeSeconds - heldUntil);
  }

  #endAll(timeSeconds: number, but?: DriverState): void {
    for (const [state] of states) {
      const held = state === but ? undefined : this.#holdings[state].finish(timeSeconds);
      if (held) this.#ended(state, held);
    }
    for (const [rule, holding] of this.#conditions) {
      const held = holding.finish(timeSeconds);
      if (held) this.#settle(rule, held);
    }
    this.#unclearEnded(this.#unclear.finish(timeSeconds));
  }

  #holdStates(timeSeconds: number, signal: Signal, conditions: Conditions): void {
    for (const [state, condition] of states) {
      const holds = conditions[condition];
      const held = this.#holdings[state].push(
        timeSeconds,
        holds,
        holds === true ? confidenceOf(state, signal, conditions, this.#rules) : 0,
        furthestOf[state]?.(signal),
      );
      if (held) this.#ended(state, held);
    }
    for (const [rule, holding, condition] of this.#conditions) {
      const confidence = confidenceOfCondition(rule, signal);
      const held = holding.push(timeSeconds, conditions[condition], confidence);
      if (held) this.#settle(rule, held);
    }
    this.#unclearEnded(this.#unclear.push(timeSeconds, conditions.unclear, 1));
  }

  /** What has held for long enough by now becomes an event. */
  #raise(timeSeconds: number): void {
    const rules = this.#rules;
    this.#raiseClosure(this.#holdings.eyes_closed);
    if (this.#holdings.mouth_wide_open.seconds > rules.yawnMostSeconds + epsilon) this.#events.withdraw('yawn');
    for (const [state, rule] of stateRules) this.#raiseWhileHolding(rule, this.#holdings[state]);
    for (const [rule, holding] of this.#conditions) this.#raiseWhileHolding(rule, holding);
    this.#raiseGlances(timeSeconds);
    if (this.#events.isOpen('lockout')) return;
    const alarms = this.#events.alarms(timeSeconds);
    if (alarms.count >= rules.lockoutAlarms || alarms.seconds >= rules.lockoutSeconds - epsilon) {
      this.#raiseEvent('lockout', {
        start: timeSeconds,
        raisedAt: timeSeconds,
        confidence: 0.99,
        figures: { alarms: alarms.count, seconds: round(alarms.seconds) },
        threshold: { alarms: rules.lockoutAlarms, seconds: rules.lockoutSeconds },
      });
    }
  }

  /** A closure is a microsleep, and becomes sleep when it goes on: one event, not two. */
  #raiseClosure(closed: Holding): void {
    const asleep = closed.seconds > this.#rules.sleepSeconds + epsilon;
    if (asleep) this.#events.withdraw('microsleep');
    this.#raiseWhileHolding(asleep ? 'sleep' : 'microsleep', closed);
  }

  /** Asked with every frame, and met by few. */
  #raiseWhileHolding(rule: LastingRule, holding: Holding): void {
    if (this.#events.isOpen(rule) || holding.seconds < this.#rules[secondsSetting[rule]] - epsilon) return;
    if (holding.held) this.#raiseIfMet(rule, holding.held);
  }

  /**
   * By what is known to have held: the time after the last frame of it counts once the next one says that it is over. A
   * single frame is no event, however far frames are apart: what was in between was not seen.
   */
  #raiseIfMet(rule: LastingRule, held: Held): void {
    const seconds = this.#rules[secondsSetting[rule]];
    if (held.frames < 2 || held.end - held.start < seconds - epsilon) return;
    if (rule === 'yawn' && !isYawn(held, this.#rules)) return;
    const { start, confidence } = held;
    const figures = { seconds: round(held.end - start) };
    const threshold = { seconds, ...tellingFigure[rule]?.[1](this.#rules) };
    this.#raiseEvent(rule, { start, raisedAt: start + seconds, confidence, figures, threshold });
  }

  #raiseGlances(timeSeconds: number): void {
    const { repeatedDistractionSeconds: most, repeatedDistractionWindowSeconds: window } = this.#rules;
    const { seconds, count, start, confidence } = this.#glances.at(timeSeconds);
    if (count === 0) this.#events.close('repeated_distraction', timeSeconds);
    // A single long glance is a long distraction already.
    if (count < 2 || seconds < most - epsilon || this.#events.isOpen('repeated_distraction')) return;
    const figures = { seconds: round(seconds), glances: count };
    const threshold = { seconds: most, window };
    this.#raiseEvent('repeated_distraction', { start, raisedAt: timeSeconds, confidence, figures, threshold });
  }

  #drowsiness(timeSeconds: number): number | undefined {
    const { drowsyPerclos, awakePerclos, perclosWindowSeconds } = this.#rules;
    const perclos = this.#perclos.at(timeSeconds);
    if (perclos === undefined || perclos < awakePerclos) this.#events.close('drowsiness', timeSeconds);
    else if (perclos >= drowsyPerclos && !this.#events.isOpen('drowsiness')) {
      // The window reaches back to where measuring began at the most.
      const start = Math.max(this.#perclos.since ?? timeSeconds, timeSeconds - perclosWindowSeconds);
      const figures = { perclos: round(perclos) };
      const threshold = { perclos: drowsyPerclos };
      const { confidence } = this.#perclos;
      this.#raiseEvent('drowsiness', { start, raisedAt: timeSeconds, confidence, figures, threshold });
    }
    return perclos;
  }

  /** Of the time in which the eyes were seen; where frames are further apart than a blink is long, there is none. */
  #blinkRate(timeSeconds: number): number | undefined {
    if (this.#everySeconds > this.#rules.blinkSeconds || this.#eyesSeen.at(timeSeconds) === undefined) return undefined;
    const from = timeSeconds - blinkWindowSeconds;
    let count = 0;
    for (let at = this.blinks.length - 1; at >= 0 && this.blinks[at]! > from; at--) count += 1;
    return Math.round((count / this.#eyesSeen.measuredSeconds) * 60 * 100) / 100;
  }

  #ended(state: DriverState, held: Held): void {
    const seconds = held.end - held.start;
    const reason = state === 'not_measurable' ? this.#commonReason() : undefined;
    for (const [of, rule] of stateRules) if (of === state) this.#settle(rule, held);
    if (state === 'eyes_closed') {
      this.#closureEnded(held);
      if (seconds <= this.#rules.blinkSeconds + epsilon) return;
    }
    if (seconds < this.#rules.shortestStateSeconds - epsilon) return;
    const { start, end, confidence } = held;
    this.spans.push({
      state,
      start: round(start),
      end: round(end),
      confidence: round(confidence),
      ...(reason ? { reason } : {}),
    });
  }

  #unclearEnded(held: Held | undefined): void {
    if (!held || held.end - held.start < unclearSeconds - epsilon) return;
    this.unclear.push({ start: round(held.start), end: round(held.end) });
  }

  /** Lids reach their end between two frames: a closure may turn out to be long enough only now. */
  #closureEnded(held: Held): void {
    const seconds = held.end - held.start;
    const { blinkSeconds, sleepSeconds } = this.#rules;
    if (seconds <= blinkSeconds + epsilon) this.blinks.push(held.start);
    const asleep = seconds > sleepSeconds + epsilon;
    if (asleep) this.#events.withdraw('microsleep');
    this.#settle(asleep ? 'sleep' : 'microsleep', held);
  }

  /** Ends an event with what held; raises it first where the last frame before the end did not reach the threshold. */
  #settle(rule: LastingRule, held: Held): void {
    this.#raiseIfMet(rule, held);
    if (!this.#events.isOpen(rule)) return;
    if (rule === 'yawn' && !isYawn(held, this.#rules)) return this.#events.withdraw(rule);
    const name = tellingFigure[rule]?.[0];
    const furthest = name === undefined || held.peak === undefined ? {} : { [name]: round(held.peak) };
    this.#events.update(rule, held.confidence, { seconds: round(held.end - held.start), ...furthest });
    this.#events.close(rule, held.end);
  }

  #raiseEvent(rule: DriverRuleName, raised: Omit<Raised, 'source' | 'calibration'>): void {
    const { state: calibration } = this.#calibration;
    this.#events.raise(rule, { ...raised, source: sourceOf(rule, this.#rules), calibration });
  }

  #addReason(reason: Unmeasured, seconds: number): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + seconds);
  }

  #commonReason(): Unmeasured | undefined {
    const reason = [...this.#reasons].toSorted(([, a], [, b]) => b - a)[0]?.[0];
    this.#reasons = new Map();
    return reason;
  }
}

/** A mouth that stays open is none, nor one that laughs. */
function isYawn({ start, end, peak = 0 }: Held, { yawnMostSeconds, yawnWidestShare }: DriverRules): boolean {
  return end - start <= yawnMostSeconds + epsilon && peak >= yawnWidestShare;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
