import type { DrawnTruth, State } from './truth.ts';

/** States as a cut finds them: stretches in which what is shown rests. Times in seconds from the first frame. */
export interface FoundStates {
  readonly states: readonly { readonly start: number; readonly end: number }[];
}

export interface StateScore {
  /** True changes: to a page, or a step of its build, that rests for at least a second. */
  readonly changes: number;
  /** Share of them that were found. */
  readonly recall: number;
  /** States found for each true one. */
  readonly perTrue: number;
  /** Those that were missed. */
  readonly missed: readonly State[];
}

/** Seconds that a start may be early, and late where the state lasts; a state of one second is told half a second later. */
const slack = 0.25;
const late = 1;

/**
 * How many true changes the cut found: after each, a state begins, between the end of the true state before and the first
 * second (or half) of the new one. States too many cost nothing here.
 */
export function scoreStates(truth: DrawnTruth, found: FoundStates): StateScore {
  const starts = found.states.map(({ start }) => start).toSorted((a, b) => a - b);
  const resting = truth.states.filter(({ slide, start, end }) => slide !== undefined && end - start >= 1 - 1e-6);
  const missed = resting.filter((state) => {
    const before = truth.states.findLast(({ end }) => end <= state.start + 1e-6);
    const from = (before?.end ?? 0) - slack;
    const until = state.start + Math.min(late, (state.end - state.start) / 2) + slack;
    return !starts.some((start) => start >= from && start <= until);
  });
  return {
    changes: resting.length,
    recall: resting.length > 0 ? 1 - missed.length / resting.length : 1,
    perTrue: found.states.length / Math.max(1, resting.length),
    missed,
  };
}
