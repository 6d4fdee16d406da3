import { z } from 'zod';
import type { Opinion } from '../core/driver-state.ts';
import type { Observation, WindowDecision } from '../core/observation.ts';
import type { Decision } from '../core/run.ts';
import { frameKinds } from '../core/slide.ts';

// A folder may come from somebody else: every line of it is checked, and a picture that it names lies within it.

const span = z.looseObject({ start: z.number(), end: z.number() });
const figures = z.record(z.string(), z.number());
const frame = z.looseObject({
  timeSeconds: z.number(),
  image: z
    .string()
    .regex(/^(windows|events)\/[\w-]+\.(jpg|png)$/)
    .optional(),
});
const cost = z.looseObject({
  queueMs: z.number(),
  firstTokenMs: z.number(),
  answerMs: z.number(),
  attempts: z.number(),
  tokensIn: z.number().optional(),
  tokensReused: z.number().optional(),
  tokensOut: z.number().optional(),
});
const asked = {
  id: z.string(),
  window: z.int().min(0),
  question: z.string(),
  span,
  frames: z.array(frame),
  model: z.string(),
  promptVersion: z.string(),
};

const observation = z.discriminatedUnion('state', [
  z.looseObject({
    ...asked,
    state: z.literal('answered'),
    answer: z.record(z.string(), z.unknown()),
    confidence: z.number(),
    reason: z.string(),
    source: z.enum(['model', 'cache', 'similar']),
    basedOn: z.array(z.string()),
    takenFrom: z.string().optional(),
    combined: z.literal(true).optional(),
    cost,
  }),
  z.looseObject({
    ...asked,
    state: z.literal('failed'),
    error: z.looseObject({ kind: z.string(), message: z.string(), raw: z.string().optional() }),
    cost: cost.optional(),
  }),
  z.looseObject({ ...asked, state: z.literal('skipped'), missing: z.array(z.string()) }),
]);

const why = { rule: z.string(), reason: z.string(), figures, threshold: figures };

const windowDecision = z.looseObject({ ...why, window: z.int().min(0), span, asked: z.boolean() });

const opinion = z.discriminatedUnion('state', [
  z.looseObject({
    state: z.literal('given'),
    model: z.string(),
    seen: z.enum(['yes', 'no', 'cannot tell']),
    confidence: z.number(),
    reason: z.string(),
    frames: z.array(frame),
    promptVersion: z.string(),
  }),
  z.looseObject({ state: z.literal('failed'), model: z.string(), message: z.string() }),
]);

const decision = z.looseObject({
  ...why,
  time: z.number(),
  kept: z.boolean(),
  kind: z.enum(frameKinds).optional(),
  confidence: z.number().optional(),
  slide: z.number().optional(),
  state: z.int().min(0).optional(),
  opinions: z
    .array(
      z.looseObject({
        use: z.string(),
        model: z.string(),
        label: z.string().optional(),
        confidence: z.number(),
        threshold: z.number().optional(),
      }),
    )
    .optional(),
});

/** An opinion on an event of a run: a line of `verifications.jsonl`. */
export interface Verification {
  readonly event: string;
  readonly start: number;
  readonly end: number;
  readonly opinion: Opinion;
}

/** What a line of a file has to be, to be taken for one. */
export interface LineSchema<T> {
  readonly schema: z.ZodType;
  readonly of?: T;
}

/** A line of `observations.jsonl`. */
export const observationLine: LineSchema<Observation> = { schema: observation };
/** A line of `ledger.jsonl` where windows are asked about. */
export const windowDecisionLine: LineSchema<WindowDecision> = { schema: windowDecision };
/** A line of `ledger.jsonl` where slides are found. */
export const decisionLine: LineSchema<Decision> = { schema: decision };
/** A line of `verifications.jsonl`. */
export const verificationLine: LineSchema<Verification> = {
  schema: z.looseObject({ event: z.string(), start: z.number(), end: z.number(), opinion }),
};

/** What stands in `events.json` of a model's opinion. */
export const opinionSchema = opinion;
