import type {
  Calibration,
  DriverRuleName,
  DriverSpan,
  DriverState,
  MeasuredEvent,
  Unmeasured,
} from '../../core/driver-state.ts';
import type { FaceMeasurement } from '../../core/face.ts';
import type { Span } from '../../core/slide.ts';
import { Judge, type Conditions } from './conditions.ts';
import { EventBook } from './event-book.ts';
import { Glances } from './glances.ts';
import { Holding, type Held } from './holding.ts';
import { Perclos } from './perclos.ts';
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
} as const satisfies Readonly<Record<DriverState, keyof Conditions>>;
const states = Object.entries(spanConditions) as readonly (readonly [DriverState, keyof Conditions])[];

/** Events that rest on a tally of what was, and are never taken back. */
const tallied = ['drowsiness', 'repeated_distraction', 'lockout'] as const satisfies readonly DriverRuleName[];

const blinkWindowSeconds = 60;
/** Sums of times are compared with thresholds to the microsecond, so that 3.0 s of frames at 10 a second are 3 s. */
const epsilon = 1e-6;

/**
 * The rules as a state machine: measurements go in one after another, states and events come out. Pure and replayable:
 * the same measurements, calibration and rules give the same result, whenever and wherever they are pushed.
 */
export class DriverMonitor {
  readonly spans: DriverSpan[] = [];
  readonly blinks: number[] = [];
  readonly #rules: DriverRules;
  readonly #calibration: Calibration;
  readonly #judge: Judge;
  readonly #events = new EventBook();
  readonly #holdings: Readonly<Record<DriverState, Holding>>;
  readonly #noDriver: Holding;
  readonly #obstructed: Holding;
  readonly #degraded: Holding;
  readonly #presence: readonly (readonly ['no_driver' | 'camera_obstructed' | 'camera_degraded', Holding])[];
  readonly #perclos: Perclos;
  readonly #glances: Glances;
  readonly #frameHold: number;
  #last: Moment | undefined;
  #reasons = new Map<Unmeasured, number>();

  /** @param everySeconds the usual distance between measurements: at low rates one holds for longer */
  constructor(rules: DriverRules, calibration: Calibration, everySeconds: number) {
    this.#rules = rules;
    this.#calibration = calibration;
    this.#judge = new Judge(rules);
    this.#frameHold = Math.max(rules.frameHoldSeconds, 2 * everySeconds);
    const bridge = Math.max(rules.bridgeSeconds, 1.5 * everySeconds);
    const holding = (): Holding => new Holding(bridge);
    this.#holdings = Object.fromEntries(states.map(([state]) => [state, holding()])) as Record<DriverState, Holding>;
    [this.#noDriver, this.#obstructed, this.#degraded] = [holding(), holding(), holding()];
    this.#presence = [
      ['no_driver', this.#noDriver],
      ['camera_obstructed', this.#obstructed],
      ['camera_degraded', this.#degraded],
    ];
    this.#perclos = new Perclos(rules.perclosWindowSeconds, rules.perclosLeastSeconds);
    this.#glances = new Glances(rules.repeatedDistractionWindowSeconds, rules.backOnRoadSeconds);
  }

  /** Takes the next measurement, later than the one before. */
  push(measurement: FaceMeasurement): Moment {
    const { timeSeconds } = measurement;
    this.#passTime(timeSeconds);
    const signal = signalOf(measurement, this.#calibration, this.#rules);
    const conditions = this.#judge.judge(signal);
    this.#holdStates(timeSeconds, signal, conditions);
    this.#raise(timeSeconds, signal);
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
    for (const [state, holding] of Object.entries(this.#holdings) as [DriverState, Holding][]) {
      const held = holding.finish(endSeconds);
      if (held) this.#ended(state, held);
    }
    for (const [rule, holding] of this.#presence) {
      const held = holding.finish(endSeconds);
      if (held) this.#settle(rule, held, { seconds: round(held.end - held.start) });
    }
    this.#events.close('drowsiness', endSeconds, 1);
    this.#events.close('repeated_distraction', endSeconds, 1);
    this.#events.close('lockout', endSeconds, 1);
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
   * The time before which nothing begins any more that `spans` and `events` do not list yet, but for eyes on the road. Far behind the last
   * measurement: drowsiness is said of the whole minute before it.
   */
  get settledUntil(): number {
    if (!this.#last) return -Infinity;
    const { timeSeconds } = this.#last;
    const open = [...Object.entries(this.#holdings), ...this.#presence]
      .filter(([of]) => of !== 'eyes_on_road')
      .map(([, holding]) => holding.start);
    const ahead = timeSeconds - this.#rules.perclosWindowSeconds;
    const begun = [...open, this.#glances.earliest, timeSeconds, ahead];
    return Math.min(...begun.filter((each) => each !== undefined));
  }

  /** What has not ended, but has held for so long that it will be listed; each at least as long as it is known to hold. */
  get underWay(): readonly { readonly of: DriverState | DriverRuleName; readonly span: Span }[] {
    const { shortestStateSeconds, blinkSeconds } = this.#rules;
    const inStates = states.map(([of]) => {
      const least =
        of === 'eyes_closed' ? Math.max(shortestStateSeconds, blinkSeconds + 2 * epsilon) : shortestStateSeconds;
      return { of, span: this.#holdings[of].known, least };
    });
    const present = this.#presence.map(([of, holding]) => ({ of, span: holding.known, least: this.#secondsOf(of) }));
    const raised = tallied.map((of) => {
      const start = this.#events.openSince(of);
      return { of, span: start === undefined ? undefined : { start, end: this.#last?.timeSeconds ?? start }, least: 0 };
    });
    return [...inStates, ...present, ...raised].flatMap(({ of, span, least }) =>
      span && span.end - span.start >= least ? { of, span } : [],
    );
  }

  /** The last measurement held until this one, or for as long as a measurement may: then frames are missing. */
  #passTime(timeSeconds: number): void {
    const last = this.#last;
    if (!last) return;
    const heldUntil = Math.min(timeSeconds, last.timeSeconds + this.#frameHold);
    const seconds = heldUntil - last.timeSeconds;
    if (last.eyes !== undefined) this.#perclos.add(heldUntil, seconds, last.eyes <= this.#rules.eyesClosedShare);
    this.#glances.add(last.timeSeconds, heldUntil, last.gazeAway);
    if (last.unmeasured) this.#reasons.set(last.unmeasured, (this.#reasons.get(last.unmeasured) ?? 0) + seconds);
    if (timeSeconds - heldUntil <= epsilon) return;
    this.#judge.forget();
    this.#glances.add(heldUntil, timeSeconds, undefined);
    for (const [state, holding] of Object.entries(this.#holdings) as [DriverState, Holding][]) {
      const held = state === 'not_measurable' ? undefined : holding.finish(heldUntil);
      if (held) this.#ended(state, held);
    }
    this.#holdings.not_measurable.push(heldUntil, true, 1);
    this.#reasons.set('no_frames', (this.#reasons.get('no_frames') ?? 0) + timeSeconds - heldUntil);
  }

  #holdStates(timeSeconds: number, signal: Signal, conditions: Conditions): void {
    for (const [state, condition] of states) {
      const eyes = state === 'eyes_closed' || state === 'gaze_away' || state === 'eyes_on_road';
      const confidence = state === 'not_measurable' ? 1 : eyes ? signal.eyesConfidence : signal.faceConfidence;
      const held = this.#holdings[state].push(timeSeconds, conditions[condition], confidence);
      if (held) this.#ended(state, held);
    }
    const present = {
      no_driver: conditions.noDriver,
      camera_obstructed: conditions.obstructed,
      camera_degraded: conditions.degraded,
    };
    for (const [rule, holding] of this.#presence) {
      const held = holding.push(timeSeconds, present[rule], 1);
      if (held) this.#settle(rule, held, { seconds: round(held.end - held.start) });
    }
  }

  /** What has held for long enough by now becomes an event. */
  #raise(timeSeconds: number, signal: Signal): void {
    const rules = this.#rules;
    const { eyes_closed: closed, gaze_away: away, mouth_wide_open: mouth, phone_in_hand: phone } = this.#holdings;
    this.#raiseClosure(timeSeconds, closed);
    this.#raiseAfter('long_distraction', away, timeSeconds, rules.longDistractionSeconds);
    this.#raiseAfter('unresponsive', away, timeSeconds, rules.unresponsiveSeconds);
    this.#raiseAfter('yawn', mouth, timeSeconds, rules.yawnSeconds);
    this.#raiseAfter('phone_use', phone, timeSeconds, rules.phoneUseSeconds);
    this.#raiseAfter('no_driver', this.#noDriver, timeSeconds, rules.noDriverSeconds);
    this.#raiseAfter('camera_obstructed', this.#obstructed, timeSeconds, rules.cameraSeconds);
    this.#raiseAfter('camera_degraded', this.#degraded, timeSeconds, rules.cameraSeconds);
    this.#raiseGlances(timeSeconds, signal.eyesConfidence);
    const alarms = this.#events.alarms(timeSeconds);
    if (alarms.count >= rules.lockoutAlarms || alarms.seconds >= rules.lockoutSeconds) {
      this.#events.raise('lockout', {
        start: timeSeconds,
        raisedAt: timeSeconds,
        figures: { alarms: alarms.count, seconds: round(alarms.seconds) },
        threshold: { alarms: rules.lockoutAlarms, seconds: rules.lockoutSeconds },
      });
    }
  }

  /** A closure is a microsleep, and becomes sleep when it goes on: one event, not two. */
  #raiseClosure(timeSeconds: number, closed: Holding): void {
    const { microsleepSeconds, sleepSeconds, unresponsiveSeconds } = this.#rules;
    if (closed.seconds(timeSeconds) > sleepSeconds + epsilon) {
      this.#events.withdraw('microsleep');
      this.#raiseAfter('sleep', closed, timeSeconds, sleepSeconds);
    } else this.#raiseAfter('microsleep', closed, timeSeconds, microsleepSeconds);
    this.#raiseAfter('unresponsive', closed, timeSeconds, unresponsiveSeconds);
  }

  #raiseAfter(rule: DriverRuleName, holding: Holding, timeSeconds: number, seconds: number): void {
    if (holding.start === undefined || holding.seconds(timeSeconds) < seconds - epsilon) return;
    this.#events.raise(rule, {
      start: holding.start,
      raisedAt: holding.start + seconds,
      figures: {},
      threshold: { seconds },
    });
  }

  #raiseGlances(timeSeconds: number, confidence: number): void {
    const { repeatedDistractionSeconds: most, repeatedDistractionWindowSeconds: window } = this.#rules;
    const { seconds, count, start } = this.#glances.at(timeSeconds);
    if (count === 0) this.#events.close('repeated_distraction', timeSeconds, confidence);
    // A single long glance is a long distraction already.
    if (count < 2 || seconds < most - epsilon) return;
    const figures = { seconds: round(seconds), glances: count };
    this.#events.raise('repeated_distraction', {
      start,
      raisedAt: timeSeconds,
      figures,
      threshold: { seconds: most, window },
    });
  }

  #drowsiness(timeSeconds: number): number | undefined {
    const { drowsyPerclos, awakePerclos, perclosWindowSeconds } = this.#rules;
    const perclos = this.#perclos.at(timeSeconds);
    if (perclos === undefined || perclos < awakePerclos) this.#events.close('drowsiness', timeSeconds, 1);
    else if (perclos >= drowsyPerclos) {
      const start = Math.max(0, timeSeconds - perclosWindowSeconds);
      const figures = { perclos: round(perclos) };
      this.#events.raise('drowsiness', {
        start,
        raisedAt: timeSeconds,
        figures,
        threshold: { perclos: drowsyPerclos },
      });
    }
    return perclos;
  }

  #blinkRate(timeSeconds: number): number | undefined {
    if (timeSeconds < blinkWindowSeconds) return undefined;
    const from = timeSeconds - blinkWindowSeconds;
    let count = 0;
    for (let at = this.blinks.length - 1; at >= 0 && this.blinks[at]! > from; at--) count += 1;
    return count;
  }

  #ended(state: DriverState, held: Held): void {
    const seconds = held.end - held.start;
    const figures = { seconds: round(seconds) };
    const ends: Partial<Record<DriverState, readonly DriverRuleName[]>> = {
      gaze_away: ['long_distraction'],
      mouth_wide_open: ['yawn'],
      phone_in_hand: ['phone_use'],
    };
    if (state === 'eyes_closed') {
      this.#closureEnded(held);
      if (seconds <= this.#rules.blinkSeconds + epsilon) return;
    }
    for (const rule of ends[state] ?? []) this.#settle(rule, held, figures);
    if (state === 'gaze_away') this.#settle('unresponsive', held, figures);
    const reason = state === 'not_measurable' ? this.#commonReason() : undefined;
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

  /** Lids reach their end between two frames: a closure may turn out long enough, or too long, only now. */
  #closureEnded(held: Held): void {
    const { microsleepSeconds, sleepSeconds, unresponsiveSeconds, blinkSeconds } = this.#rules;
    const seconds = held.end - held.start;
    if (seconds <= blinkSeconds + epsilon) this.blinks.push(held.start);
    const rule =
      seconds > sleepSeconds + epsilon ? 'sleep' : seconds >= microsleepSeconds - epsilon ? 'microsleep' : undefined;
    this.#events.withdraw(rule === 'sleep' ? 'microsleep' : 'sleep');
    if (rule)
      this.#settle(rule, held, { seconds: round(seconds) }, rule === 'sleep' ? sleepSeconds : microsleepSeconds);
    else this.#events.withdraw('microsleep');
    if (seconds >= unresponsiveSeconds - epsilon) this.#settle('unresponsive', held, { seconds: round(seconds) });
    // Raised while the eyes could not be seen any more, and not reached by what was seen. A gaze that is away raises it anew.
    else this.#events.withdraw('unresponsive');
  }

  /** Ends an event with what held; raises it first where the last frame before the end did not reach the threshold. */
  #settle(
    rule: DriverRuleName,
    held: Held,
    figures: Readonly<Record<string, number>>,
    seconds = this.#secondsOf(rule),
  ): void {
    if (held.end - held.start >= seconds - epsilon) {
      this.#events.raise(rule, { start: held.start, raisedAt: held.start + seconds, figures, threshold: { seconds } });
    }
    this.#events.close(rule, held.end, held.confidence, figures);
  }

  #secondsOf(rule: DriverRuleName): number {
    const rules = this.#rules;
    if (rule === 'long_distraction') return rules.longDistractionSeconds;
    if (rule === 'unresponsive') return rules.unresponsiveSeconds;
    if (rule === 'no_driver') return rules.noDriverSeconds;
    if (rule === 'yawn') return rules.yawnSeconds;
    return rule === 'phone_use' ? rules.phoneUseSeconds : rules.cameraSeconds;
  }

  #commonReason(): Unmeasured | undefined {
    const reason = [...this.#reasons].toSorted(([, a], [, b]) => b - a)[0]?.[0];
    this.#reasons = new Map();
    return reason;
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
