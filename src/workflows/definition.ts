import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { severities } from '../core/event.ts';
import type { Workflow } from '../core/workflow.ts';

const schema = z.looseObject({
  id: z.string(),
  version: z.number(),
  title: z.string(),
  system: z.string(),
  sample: z.object({
    everySeconds: z.number().positive(),
    window: z.int(),
    adaptive: z.object({ motion: z.number(), maxGapSeconds: z.number() }).optional(),
  }),
  questions: z.array(
    z.object({
      id: z.string(),
      ask: z.string(),
      answer: z.looseObject({ type: z.literal('object') }),
      needs: z.array(z.string()),
      given: z.string().optional(),
      withoutNeeds: z.enum(['ask', 'skip']),
      frames: z.int().optional(),
      maxTokens: z.int().optional(),
    }),
  ),
  events: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: z.enum(severities),
      question: z.string(),
      field: z.string(),
      is: z.array(z.union([z.string(), z.number(), z.boolean()])),
      minConfidence: z.number(),
      begin: z.int(),
      end: z.int(),
    }),
  ),
});

/** A workflow of questions as JSON: what `run.json` says ran. */
export function definitionOf({ questions, ...rest }: Workflow): unknown {
  return {
    ...rest,
    questions: questions.map(({ answer, ...question }) => {
      const { $schema: _, ...form } = z.toJSONSchema(answer) as Record<string, unknown>;
      return { ...question, answer: form };
    }),
  };
}

/**
 * The workflow that such JSON describes, to draw a report of a run whose file is gone.
 *
 * @throws FramesiftError `input` where it describes none
 */
export function workflowOf(definition: unknown, folder: string): Workflow {
  const read = schema.safeParse(definition);
  if (!read.success) {
    throw new FramesiftError('input', `${folder}: its run.json does not say which questions were asked. Run it again.`);
  }
  const { questions, sample, ...rest } = read.data;
  return {
    ...rest,
    sample: { ...sample, adaptive: sample.adaptive },
    questions: questions.map(({ answer, given, frames, maxTokens, ...question }) => ({
      ...question,
      given,
      frames,
      maxTokens,
      answer: z.fromJSONSchema(answer) as z.ZodObject,
    })),
  };
}
