import { z } from 'zod';
import { plans } from './observation.ts';
import { eventStreamVersion } from './run-event.ts';

const text = z.string();
const seconds = z.number().describe('Seconds from the first frame of the video.');
const span = z.object({ start: seconds, end: seconds });
const counts = z.record(text, z.number());
const name = z.object({ id: text, version: z.int() });
const model = z.object({ use: text, id: text, version: text.optional(), device: text.optional() });
const plan = z.enum(plans);
const runState = z.enum(['running', 'interrupted', 'failed', 'incomplete', 'finished']);

const told = {
  v: z.literal(eventStreamVersion).describe('Version of this form.'),
  seq: z.int().min(0).describe('Number of the event within its run, from 0.'),
  at: z.iso.datetime().describe('When it was told.'),
};

const video = z
  .looseObject({
    path: text,
    container: text,
    codec: text,
    width: z.int(),
    height: z.int(),
    durationSeconds: z.number().optional(),
    frameRate: z.number().optional(),
    bytes: z.number(),
  })
  .describe('The video; width and height as a player shows it.');

const cost = z.object({
  modelCalls: z.int().describe('Requests to language models, failed ones and retries included.'),
  tokensIn: z.number(),
  tokensOut: z.number(),
  price: z.object({ in: z.number(), out: z.number() }).optional().describe('Of a million tokens.'),
  money: z.number().optional().describe('What the tokens came to, in the currency of the price.'),
  cpuMs: z.number(),
  peakMemoryMb: z.number(),
});

const summary = z.object({
  folder: text,
  report: text,
  workflow: text,
  state: runState,
  alreadyDone: z.boolean().describe('A finished run was found and nothing had to be done.'),
  videoSeconds: z.number(),
  elapsedSeconds: z.number(),
  counts,
  figures: counts,
  cost,
  metrics: z.unknown().optional(),
  sent: z
    .object({ to: z.array(text), frames: z.array(seconds) })
    .optional()
    .describe('Frames that left this machine, and the addresses that they went to. Absent: none did.'),
  warnings: z.array(text),
});

const why = z
  .looseObject({ rule: text, reason: text, figures: counts, threshold: counts })
  .describe('Why a frame or a window was kept or not: a line of ledger.jsonl.');

const event = z
  .looseObject({ ...span.shape, id: text, rule: text, title: text, severity: z.enum(['info', 'warning', 'alarm']) })
  .describe('What the rules concluded; `by: measurement` where it was measured on this device.');

const observation = z
  .looseObject({ id: text, window: z.int(), question: text, span, state: z.enum(['answered', 'failed', 'skipped']) })
  .describe('One answer: a line of observations.jsonl.');

const slide = z.looseObject({ index: z.int().min(1), timestamp: seconds, image: text, title: text, text });

/**
 * The events of a run, as they are told: `--json`, `events.jsonl`, the library. Readers leave out types and fields that
 * they do not know. `docs/reference/run-events.schema.json` is made of this.
 */
export const toldEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      ...told,
      type: z.literal('started'),
      folder: text,
      workflow: name,
      video,
      models: z.array(model),
      stages: z.array(text),
      resumed: z.boolean().describe('An interrupted or incomplete run is continued.'),
    }),
    z.object({
      ...told,
      type: z.literal('stage'),
      stage: text,
      state: z.enum(['running', 'continued', 'kept', 'incomplete', 'finished']),
      done: z.number().optional().describe('What an earlier run had done of it: frames measured, answers kept.'),
    }),
    z.object({
      ...told,
      type: z.literal('progress'),
      stage: text,
      seconds: z.number().describe('Seconds of video worked through, or pieces.'),
      ofSeconds: z.number().optional(),
      framesLookedAt: z.number().optional(),
      slides: z.number().optional(),
    }),
    z.object({ ...told, type: z.literal('warning'), message: text }),
    z.object({ ...told, type: z.literal('decision'), decision: why }),
    z.object({ ...told, type: z.literal('slide'), slide }),
    z.object({ ...told, type: z.literal('observation'), observation }),
    z.object({
      ...told,
      type: z.literal('window'),
      window: z.int(),
      span,
      plan,
      latencyMs: z.number(),
      idle: z.boolean().describe('Answers of an earlier run or window were taken and nothing was asked.'),
      observations: z.array(text).describe('Ids of its observations.'),
    }),
    z.object({ ...told, type: z.literal('plan'), plan, reason: text }),
    z.object({ ...told, type: z.literal('server-away'), address: text, reason: text }),
    z.object({ ...told, type: z.literal('server-back'), address: text, awayMs: z.number() }),
    z.object({ ...told, type: z.literal('event'), event }),
    z
      .object({ ...told, type: z.literal('finished'), summary })
      .describe('The last event of a run that came to its end.'),
    z
      .object({
        ...told,
        type: z.literal('ended'),
        state: z.enum(['failed', 'interrupted']),
        error: z.object({ code: text, message: text }),
      })
      .describe('The last event of a run that did not.'),
  ])
  .meta({ title: 'An event of a run', $id: 'https://unpkg.com/framesift/docs/reference/run-events.schema.json' });
