import type { Observation, ObservationCost, Plan, WindowDecision } from '../../core/observation.ts';
import type { Span } from '../../core/slide.ts';

export { plans } from '../../core/observation.ts';
export type { Plan } from '../../core/observation.ts';
export type Aim = 'latency' | 'throughput';

/** What the model reads: one question in each prompt, or all in one. It decides what it answers. */
export type PlanKind = 'separate' | 'combined';
export const kindOf = (plan: Plan): PlanKind => (plan === 'combined' ? 'combined' : 'separate');

/** What `--plan auto` came to: a run that is continued goes on with it. */
export interface ChosenPlan {
  readonly plan: Plan;
  /** For people, with the figures that decided. */
  readonly reason: string;
}

/** One window with all that came of it. */
export interface WindowRecord {
  readonly window: number;
  readonly span: Span;
  readonly plan: Plan;
  /** In the workflow's order of questions. */
  readonly observations: readonly Observation[];
  /** The questions that were asked for it now, failed ones included. */
  readonly asked: readonly string[];
  /** From the first question's asking to the last answer, milliseconds. */
  readonly latencyMs: number;
  /** True where answers of an earlier run or window were taken and nothing was asked. */
  readonly idle: boolean;
}

/** Something with a beginning and an end, for the trace. Times as `performance.now()` gives them. */
export interface Activity {
  readonly stage: 'decode' | 'encode' | 'wait' | 'ask' | 'write';
  readonly name: string;
  readonly window: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Everything that asking tells while it goes. */
export type QuestionsEvent =
  | { readonly type: 'decision'; readonly decision: WindowDecision }
  /** `spent`: what was spent on it now, without what an earlier answer had taken that it replaces. */
  | { readonly type: 'observation'; readonly observation: Observation; readonly spent?: ObservationCost }
  | { readonly type: 'window'; readonly record: WindowRecord }
  | { readonly type: 'plan'; readonly plan: Plan; readonly reason: string }
  | { readonly type: 'activity'; readonly activity: Activity };
