import type { Span } from './slide.ts';

export const severities = ['info', 'warning', 'alarm'] as const;
export type Severity = (typeof severities)[number];

/** What the rules concluded from observations; `events.json` holds a list of these. */
export interface Event extends Span {
  /** The rule's name and a number from 1, in order of beginning. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** Mean confidence of the answers that held it up, 0–1. */
  readonly confidence: number;
  /** Ids of the observations it rests on, in time order. */
  readonly observations: readonly string[];
}
