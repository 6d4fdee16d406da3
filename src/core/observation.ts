import type { FrameRef } from './frame.ts';
import type { Span } from './slide.ts';

/**
 * How a window's questions are asked: at once; the first, and the others at once when its words come; one after another on
 * one slot; all in one prompt.
 */
export const plans = ['parallel', 'primed', 'lanes', 'combined'] as const;
export type Plan = (typeof plans)[number];

/** Where an answer came from. `similar`: taken over from a window that looks the same. */
export type AnswerSource = 'model' | 'cache' | 'similar';

/**
 * What an answer took, all requests for it together: those that failed, and those of an earlier answer that it replaces.
 * Times in milliseconds. Tokens are undefined where the server does not tell, and where the answer was not asked for.
 */
export interface ObservationCost {
  readonly tokensIn?: number;
  /** Of those, taken by the server from a prefix it still had. */
  readonly tokensReused?: number;
  readonly tokensOut?: number;
  /** That an answer from the cache had taken when it was asked, in and out. */
  readonly tokensSaved?: number;
  /** From being ready to be asked to a free slot. */
  readonly queueMs: number;
  readonly firstTokenMs: number;
  /** From having a slot to the valid answer. */
  readonly answerMs: number;
  /** Requests made. */
  readonly attempts: number;
}

interface ObservationBase {
  /** `000012.face_state`: window and question. */
  readonly id: string;
  readonly window: number;
  readonly question: string;
  readonly span: Span;
  /** The frames it saw, in order. */
  readonly frames: readonly FrameRef[];
  readonly model: string;
  /** Changes with the system text, the prompt or the answer's schema. */
  readonly promptVersion: string;
}

/** One question's answer about one window of frames: a line of `observations.jsonl`. Immutable. */
export type Observation =
  | (ObservationBase & {
      readonly state: 'answered';
      readonly answer: Readonly<Record<string, unknown>>;
      /** 0–1, as the model says. */
      readonly confidence: number;
      readonly reason: string;
      readonly source: AnswerSource;
      /** Observations that its prompt told of. */
      readonly basedOn: readonly string[];
      /** The observation it was taken over from, where `source` is `similar`. */
      readonly takenFrom?: string;
      /** Asked as a section of one prompt for all questions; the whole cost is with the first section. */
      readonly combined?: true;
      readonly cost: ObservationCost;
    })
  | (ObservationBase & {
      readonly state: 'failed';
      readonly error: { readonly kind: string; readonly message: string; readonly raw?: string };
      readonly cost?: ObservationCost;
    })
  | (ObservationBase & {
      readonly state: 'skipped';
      /** The needed questions that have no answer. */
      readonly missing: readonly string[];
    });

export type Answered = Extract<Observation, { state: 'answered' }>;

export const observationId = (window: number, question: string): string =>
  `${String(window).padStart(6, '0')}.${question}`;

/** The mark of a `promptVersion` that stands for one prompt with all questions. */
export const combinedPrefix = 'all-';

/** Whether a question was asked as a section of one prompt for all. */
export const isCombined = ({ promptVersion }: Observation): boolean => promptVersion.startsWith(combinedPrefix);

/**
 * The questions of one window that are worth asking again: those that failed for something that passes (a server that
 * was down or too slow, not an answer that could not be used), and those that were left out because of one of them.
 *
 * @param observations all of one window
 */
export function openQuestions(observations: Iterable<Observation>): ReadonlySet<string> {
  const all = [...observations];
  const open = new Set<string>();
  for (const one of all) {
    if (one.state === 'failed' && !['truncated', 'invalid'].includes(one.error.kind)) open.add(one.question);
  }
  // What is left out may be what another one waits for.
  for (let before = -1; before !== open.size;) {
    before = open.size;
    for (const one of all) {
      if (one.state === 'skipped' && one.missing.some((name) => open.has(name))) open.add(one.question);
    }
  }
  return open;
}

/** Why a window was asked or not: a line of `ledger.jsonl`. */
export interface WindowDecision {
  readonly window: number;
  readonly span: Span;
  readonly asked: boolean;
  /** `first`, `changed`, `gap`, `always`: asked. `still`, `calm`, `short`: not. `similar`: answers were taken over. */
  readonly rule: 'first' | 'changed' | 'gap' | 'always' | 'still' | 'calm' | 'short' | 'similar';
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly threshold: Readonly<Record<string, number>>;
}
