import type { z } from 'zod';
import type { Severity } from './event.ts';

/** A question as data: what is asked of a window of frames and what an answer looks like. */
export interface WorkflowQuestion {
  readonly id: string;
  /** The prompt. It says nothing of the answer's form: the schema does. */
  readonly ask: string;
  /** The answer's own fields; `reason` and `confidence` are added to every answer. */
  readonly answer: z.ZodObject;
  /** Questions of the same window whose answers this one is told. */
  readonly needs: readonly string[];
  /** How they are told: `{{question.field}}` is replaced by the answer's field. Left out when an answer is missing. */
  readonly given: string | undefined;
  /** What to do when a needed answer is missing. */
  readonly withoutNeeds: 'ask' | 'skip';
  /** The last so many frames of the window; all of them where undefined. */
  readonly frames: number | undefined;
  readonly maxTokens: number | undefined;
}

/** When answers become an event. Hysteresis: one answer neither begins nor ends one, unless the rule says 1. */
export interface EventRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly question: string;
  readonly field: string;
  /** Values of the field for which the rule holds. */
  readonly is: readonly (string | number | boolean)[];
  /** Answers less sure than this say nothing either way, 0–1. */
  readonly minConfidence: number;
  /** Answers in a row that begin it. */
  readonly begin: number;
  /** Answers in a row that end it. */
  readonly end: number;
}

export interface Adaptive {
  /** Mean luma difference of the most changed tile, levels of 255, from which on a window counts as changed. */
  readonly motion: number;
  /** A window is asked at the latest so many seconds after the last one that was. */
  readonly maxGapSeconds: number;
}

/** A workflow is data: what to sample, what to ask, what to conclude. */
export interface Workflow {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** The same for all questions, so that servers reuse the prefix of text and pictures. */
  readonly system: string;
  readonly sample: {
    readonly everySeconds: number;
    /** Frames of a window, 2–8. */
    readonly window: number;
    /** Off where undefined. */
    readonly adaptive: Adaptive | undefined;
  };
  /** Ordered so that a question comes after all that it needs. */
  readonly questions: readonly WorkflowQuestion[];
  readonly events: readonly EventRule[];
}
