import { score, type Found, type Score } from '../score.ts';
import { scoreStates, type FoundStates, type StateScore } from './states.ts';
import type { DrawnTruth } from './truth.ts';

/** What a result says beside its slides. */
export interface FoundAndUnsure extends Found {
  /** Time that could not be decided. */
  readonly unsure?: readonly { readonly start: number; readonly end: number }[];
}

/** How right a result is. */
export interface Judged {
  readonly truth: DrawnTruth;
  readonly score: Score;
  /** Share of the time that the result calls undecided. */
  readonly unsure: number;
  /** Share of the words of layers (captions, messages) that stand in the text of a slide; NaN where there are none. */
  readonly leaked: number;
  readonly states?: StateScore;
  /** Why there is no result. */
  readonly error?: string;
}

/** Words that the slides have too say nothing. */
function leakedShare(truth: DrawnTruth, found: Found): number {
  const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  const own = new Set(truth.slides.flatMap(({ text }) => wordsIn(text)));
  const foreign = new Set(
    truth.layers.flatMap(({ words = [] }) => words.flatMap(wordsIn)).filter((word) => !own.has(word)),
  );
  if (foreign.size === 0) return Number.NaN;
  const read = new Set(found.slides.flatMap(({ text = '' }) => wordsIn(text)));
  return [...foreign].filter((word) => read.has(word)).length / foreign.size;
}

/** Scores a result against a talk's truth. Throws where a time is none of the video's. */
export function judge(truth: DrawnTruth, found: FoundAndUnsure & Partial<FoundStates>, error?: string): Judged {
  const { states } = found;
  return {
    truth,
    score: score(truth, found),
    unsure: (found.unsure ?? []).reduce((sum, { start, end }) => sum + end - start, 0) / truth.duration,
    leaked: leakedShare(truth, found),
    ...(states === undefined ? {} : { states: scoreStates(truth, { states }) }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Far from every bar: worth a look. */
export const isFailed = ({ score: { f1, presence, final }, error }: Judged): boolean =>
  error !== undefined || f1 < 0.93 || presence < 0.85 || final < 0.9;
