import type { Observation, Plan, WindowDecision } from '../../core/observation.ts';
import type { Span } from '../../core/slide.ts';

export { plans } from '../../core/observation.ts';
export type { Plan } from '../../core/observation.ts';
export type Aim = 'latency' | 'throughput';

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
  | { readonly type: 'observation'; readonly observation: Observation }
  | { readonly type: 'window'; readonly record: WindowRecord }
  | { readonly type: 'plan'; readonly plan: Plan; readonly reason: string }
  | { readonly type: 'activity'; readonly activity: Activity };
