import type { FrameRef } from '../../core/frame.ts';
import type { Observation, WindowDecision } from '../../core/observation.ts';
import type { EarlierRun } from './earlier.ts';
import type { ChosenPlan } from './events.ts';

/** Where a run keeps what it finds; everything kept survives the process. */
export interface QuestionsStore {
  /**
   * What an earlier run of the same video and options left, interrupted or finished. Of a finished one only what failed
   * for something that passes is asked again (`openQuestions`).
   */
  readonly earlier: EarlierRun;
  keepWindow(index: number, jpegs: readonly Uint8Array[], times: readonly number[]): Promise<readonly FrameRef[]>;
  keepDecision(decision: WindowDecision): Promise<void>;
  /** Another one of the same window and question replaces it. */
  keepObservation(observation: Observation): Promise<void>;
  /** The plan that `auto` chose, for `earlier.planChoice`; kept before anything rests on it. */
  keepPlanChoice(choice: ChosenPlan): Promise<void>;
}
