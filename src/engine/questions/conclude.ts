import type { Event } from '../../core/event.ts';
import type { Answered, Observation } from '../../core/observation.ts';
import type { EventRule } from '../../core/workflow.ts';

interface Open {
  readonly id: string;
  readonly observations: Answered[];
}

/**
 * Turns a series of observations into events by the rules' hysteresis: `begin` sure answers in a row begin an event,
 * `end` sure answers to the contrary end it. An answer that is not sure enough, failed or was not asked says nothing
 * either way. Pure: fed the same observations in time order it concludes the same.
 */
export class Conclusions {
  readonly #rules: readonly RuleState[];

  constructor(rules: readonly EventRule[]) {
    this.#rules = rules.map((rule) => new RuleState(rule));
  }

  add(observation: Observation): void {
    for (const state of this.#rules) state.add(observation);
  }

  /** All events in order of beginning; those that still hold end with their last observation. */
  events(): readonly Event[] {
    return this.#rules
      .flatMap((state) => state.events())
      .sort((a, b) => a.start - b.start || a.rule.localeCompare(b.rule));
  }
}

class RuleState {
  readonly #rule: EventRule;
  readonly #closed: Open[] = [];
  #open: Open | undefined;
  /** Sure answers in a row that speak for a change of state. */
  #row: Answered[] = [];

  constructor(rule: EventRule) {
    this.#rule = rule;
  }

  add(observation: Observation): void {
    const { question, field, is, minConfidence, begin, end } = this.#rule;
    if (observation.question !== question || observation.state !== 'answered') return;
    if (observation.confidence < minConfidence) return;
    const holds = is.includes(observation.answer[field] as string);
    if (!this.#open) {
      if (!holds) {
        this.#row = [];
        return;
      }
      this.#row.push(observation);
      if (this.#row.length < begin) return;
      this.#open = { id: `${this.#rule.id}-${this.#closed.length + 1}`, observations: this.#row };
      this.#row = [];
      return;
    }
    if (holds) {
      // The answers to the contrary in between did not end it; they are not what it rests on either.
      this.#open.observations.push(observation);
      this.#row = [];
      return;
    }
    this.#row.push(observation);
    if (this.#row.length < end) return;
    this.#closed.push(this.#open);
    this.#open = undefined;
    this.#row = [];
  }

  events(): Event[] {
    const { id, title, severity } = this.#rule;
    return [...this.#closed, ...(this.#open ? [this.#open] : [])].map((held) => {
      const { observations } = held;
      const confidence = observations.reduce((sum, one) => sum + one.confidence, 0) / observations.length;
      return {
        id: held.id,
        rule: id,
        title,
        severity,
        start: observations[0]?.span.start ?? 0,
        end: observations.at(-1)?.span.end ?? 0,
        confidence: Math.round(confidence * 100) / 100,
        observations: observations.map((one) => one.id),
      };
    });
  }
}
