import type { DriverRuleName, MeasuredEvent } from '../../core/driver-state.ts';

const titles: Readonly<Record<DriverRuleName, readonly [title: string, severity: MeasuredEvent['severity']]>> = {
  microsleep: ['Microsleep: eyes closed', 'warning'],
  sleep: ['Sleep: eyes closed', 'alarm'],
  unresponsive: ['Unresponsive', 'alarm'],
  drowsiness: ['Drowsy: eyes closed for much of the last minute', 'warning'],
  long_distraction: ['Long distraction: gaze off the road', 'warning'],
  repeated_distraction: ['Repeated glances off the road', 'warning'],
  phone_use: ['Telephone in hand', 'warning'],
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
  readonly figures: Readonly<Record<string, number>>;
  readonly threshold: Readonly<Record<string, number>>;
}

/** Events under way and past. One event of a rule is open at a time. */
export class EventBook {
  readonly #open = new Map<DriverRuleName, Draft>();
  readonly #past: Draft[] = [];
  /** Kept beside, for they are asked for with every frame. */
  readonly #pastAlarms = { count: 0, seconds: 0 };

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

  /** Opens an event; nothing where one of the rule is open already. @returns whether it was opened */
  raise(rule: DriverRuleName, { start, raisedAt, figures, threshold }: Raised): boolean {
    if (this.#open.has(rule)) return false;
    const [title, severity] = titles[rule];
    const draft: Draft = {
      by: 'measurement',
      id: '',
      rule,
      title,
      severity,
      start,
      end: raisedAt,
      raisedAt,
      confidence: 0,
      figures,
      threshold,
    };
    this.#open.set(rule, draft);
    return true;
  }

  /** Ends the rule's open event, if there is one, with the figures as they were at the end. */
  close(rule: DriverRuleName, end: number, confidence: number, figures: Readonly<Record<string, number>> = {}): void {
    const draft = this.#open.get(rule);
    if (!draft) return;
    this.#open.delete(rule);
    draft.end = end;
    draft.confidence = round(confidence);
    draft.figures = { ...draft.figures, ...figures };
    this.#past.push(draft);
    if (!countsAsAlarm(draft)) return;
    this.#pastAlarms.count += 1;
    this.#pastAlarms.seconds += draft.end - draft.raisedAt;
  }

  /** Forgets the open event of a rule: it has become another one. */
  withdraw(rule: DriverRuleName): void {
    this.#open.delete(rule);
  }

  /** Alarms that have begun so far and the seconds they have lasted by now. */
  alarms(timeSeconds: number): { count: number; seconds: number } {
    let { count, seconds } = this.#pastAlarms;
    for (const draft of this.#open.values()) {
      if (!countsAsAlarm(draft)) continue;
      count += 1;
      seconds += timeSeconds - draft.raisedAt;
    }
    return { count, seconds };
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
