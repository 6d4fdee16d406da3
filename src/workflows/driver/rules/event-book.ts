import type { DriverRuleName, MeasuredEvent } from '../../../core/driver-state.ts';

const titles: Readonly<Record<DriverRuleName, readonly [title: string, severity: MeasuredEvent['severity']]>> = {
  microsleep: ['Microsleep: eyes closed', 'warning'],
  sleep: ['Sleep: eyes closed', 'alarm'],
  unresponsive: ['Unresponsive: eyes closed or off the road', 'alarm'],
  drowsiness: ['Drowsy: eyes closed for much of the last minute', 'warning'],
  long_distraction: ['Long distraction: gaze off the road', 'warning'],
  repeated_distraction: ['Repeated glances off the road', 'warning'],
  phone_use: ['Phone in hand', 'warning'],
  yawn: ['Yawn', 'info'],
  no_driver: ['No driver visible', 'warning'],
  camera_obstructed: ['Camera obstructed', 'warning'],
  camera_degraded: ['Picture too dark or too bright', 'info'],
  lockout: ['Lockout: too many alarms', 'alarm'],
};

type Draft = { -readonly [key in keyof MeasuredEvent]: MeasuredEvent[key] };

export interface Raised {
  readonly start: number;
  readonly raisedAt: number;
  /** As far as it is known when it is raised. */
  readonly confidence: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly threshold: Readonly<Record<string, number>>;
  readonly source: string;
  readonly calibration: MeasuredEvent['calibration'];
}

/** Events under way and past. One event of a rule is open at a time. */
export class EventBook {
  readonly #open = new Map<DriverRuleName, Draft>();
  readonly #past: Draft[] = [];
  /** Kept beside, for they are asked for with every frame. Alarms at the same time are one: sleep that turns unresponsive. */
  readonly #alarms = { count: 0, secondsBefore: 0, start: -Infinity, end: -Infinity };

  isOpen(rule: DriverRuleName): boolean {
    return this.#open.has(rule);
  }

  /** When the rule's open event began, where there is one. */
  openSince(rule: DriverRuleName): number | undefined {
    return this.#open.get(rule)?.start;
  }

  /** How many have ended. */
  get ended(): number {
    return this.#past.length;
  }

  /** Opens an event; nothing where one of the rule is open already. */
  raise(rule: DriverRuleName, { start, ...raised }: Raised): void {
    if (this.#open.has(rule)) return;
    const [title, severity] = titles[rule];
    const draft: Draft = {
      by: 'measurement',
      id: '',
      rule,
      title,
      severity,
      start,
      end: raised.raisedAt,
      ...raised,
      confidence: round(raised.confidence),
    };
    this.#open.set(rule, draft);
    if (countsAsAlarm(draft)) this.#alarmBegins(rule, raised.raisedAt);
  }

  /** What is known better of the rule's open event by now, if there is one. */
  update(rule: DriverRuleName, confidence: number, figures: Readonly<Record<string, number>>): void {
    const draft = this.#open.get(rule);
    if (!draft) return;
    draft.confidence = round(confidence);
    draft.figures = { ...draft.figures, ...figures };
  }

  /** Ends the rule's open event, if there is one. */
  close(rule: DriverRuleName, end: number): void {
    const draft = this.#open.get(rule);
    if (!draft) return;
    this.#open.delete(rule);
    draft.end = end;
    this.#past.push(draft);
    if (countsAsAlarm(draft)) this.#alarms.end = Math.max(this.#alarms.end, end);
  }

  /** Forgets the open event of a rule: it has become another one. */
  withdraw(rule: DriverRuleName): void {
    this.#open.delete(rule);
  }

  /** Alarms that have begun so far and the seconds they have lasted by now. */
  alarms(timeSeconds: number): { count: number; seconds: number } {
    const { count, secondsBefore, start, end } = this.#alarms;
    if (count === 0) return { count, seconds: 0 };
    return { count, seconds: secondsBefore + (this.#inAlarm() ? timeSeconds : end) - start };
  }

  /** While another alarm lasts, or where it ends, it is the same one. */
  #alarmBegins(rule: DriverRuleName, at: number): void {
    const { count, secondsBefore, start, end } = this.#alarms;
    if (this.#inAlarm(rule) || at <= end + 1e-6) return;
    this.#alarms.count = count + 1;
    this.#alarms.secondsBefore = count === 0 ? 0 : secondsBefore + end - start;
    this.#alarms.start = this.#alarms.end = at;
  }

  #inAlarm(but?: DriverRuleName): boolean {
    for (const draft of this.#open.values()) if (draft.rule !== but && countsAsAlarm(draft)) return true;
    return false;
  }

  /** Everything that has ended, by beginning, numbered. */
  list(): MeasuredEvent[] {
    const counts = new Map<DriverRuleName, number>();
    return this.#past
      .toSorted((a, b) => a.start - b.start || a.raisedAt - b.raisedAt)
      .map((draft) => {
        const number = (counts.get(draft.rule) ?? 0) + 1;
        counts.set(draft.rule, number);
        const { start, end, raisedAt } = draft;
        return {
          ...draft,
          id: `${draft.rule}-${number}`,
          start: round(start),
          end: round(end),
          raisedAt: round(raisedAt),
        };
      });
  }
}

/** A lockout is what alarms lead to, and none itself. */
const countsAsAlarm = ({ severity, rule }: Draft): boolean => severity === 'alarm' && rule !== 'lockout';

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
