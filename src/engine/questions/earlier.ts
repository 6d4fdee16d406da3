import { isCombined, openQuestions, type Observation, type WindowDecision } from '../../core/observation.ts';
import type { Workflow } from '../../core/workflow.ts';
import { kindOf, type ChosenPlan, type Plan, type PlanKind } from './events.ts';

/** What an earlier run of the same video and options left. */
export interface EarlierRun {
  readonly decisions: readonly WindowDecision[];
  /** By window and question, the latest of each. */
  readonly observations: ReadonlyMap<number, ReadonlyMap<string, Observation>>;
  /** The plan that it chose, where it came so far. */
  readonly planChoice?: ChosenPlan | undefined;
  /** Whether it had come to the end of the video: only what failed is asked again then. Default false. */
  readonly finished?: boolean;
}

type Answers = ReadonlyMap<string, Observation>;

/** What of an earlier run holds, and what of it is asked again. */
export class EarlierAnswers {
  /**
   * The window to continue from: the last one that was asked and is complete, with all before it complete. Decoding
   * begins there, because what is decided of later windows depends on it. 0 for a new run.
   */
  readonly from: number;
  /** The last window that there is something to do about; Infinity where the video has not been seen to its end. */
  readonly until: number;
  readonly #run: EarlierRun;
  readonly #workflow: Workflow;
  readonly #kind: PlanKind | undefined;

  /** @param kind that all answers are to be of; undefined while that is not chosen yet */
  constructor(run: EarlierRun, workflow: Workflow, kind: PlanKind | undefined) {
    this.#run = run;
    this.#workflow = workflow;
    this.#kind = kind;
    const decisions = run.decisions.toSorted((a, b) => a.window - b.window);
    this.from = kind === undefined ? 0 : this.#continuation(decisions);
    this.until = run.finished ? this.#lastOpen(decisions) : Infinity;
  }

  /** Everything that was said about a window, holds or not. */
  all(window: number): Answers {
    return this.#run.observations.get(window) ?? none;
  }

  /** What holds of it: neither failed for something that passes nor of the other kind. */
  known(window: number): Answers {
    return held(this.all(window), this.#kind);
  }

  /** The same for a window that is asked by this plan: what is not complete must be of the plan's kind. */
  knownFor(window: number, plan: Plan): Answers {
    return this.isComplete(window) ? this.known(window) : held(this.all(window), kindOf(plan));
  }

  isComplete(window: number): boolean {
    return this.known(window).size === this.#workflow.questions.length;
  }

  /** In order of windows, those before `from` and after `until`, with what holds of them in order of questions. */
  *outside(side: 'before' | 'after'): Generator<readonly Observation[]> {
    for (const [window] of [...this.#run.observations].sort(([a], [b]) => a - b)) {
      if (side === 'before' ? window < this.from : window > this.until)
        yield inOrder(this.known(window), this.#workflow);
    }
  }

  /** Whether there is nothing to do about this window. */
  isOutside(window: number): boolean {
    return window < this.from || window > this.until;
  }

  #continuation(decisions: readonly WindowDecision[]): number {
    let from = 0;
    for (const { window, asked } of decisions) {
      if (asked && !this.isComplete(window)) break;
      if (asked) from = window;
    }
    return from;
  }

  /** Windows that take answers over follow the one that they take them from. */
  #lastOpen(decisions: readonly WindowDecision[]): number {
    let last = -1;
    let open = false;
    for (const { window, asked } of decisions) {
      if (asked) open = !this.isComplete(window);
      if (open) last = window;
    }
    return last;
  }
}

const none: Answers = new Map();

function held(all: Answers, kind: PlanKind | undefined): Answers {
  const open = openQuestions(all.values());
  // All of a combined prompt is asked again where some is.
  if (kind === 'combined' && open.size > 0) return none;
  return new Map(
    [...all].filter(
      ([question, one]) => !open.has(question) && (kind === undefined || isCombined(one) === (kind === 'combined')),
    ),
  );
}

export const inOrder = (observations: Answers, { questions }: Workflow): Observation[] =>
  questions.flatMap(({ id }) => observations.get(id) ?? []);
