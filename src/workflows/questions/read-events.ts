import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { MeasuredEvent } from '../../core/driver-state.ts';
import { FramesiftError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { severities, type Event } from '../../core/event.ts';
import { opinionSchema } from '../../store/line-schemas.ts';
import { runFiles } from '../../store/run-files.ts';

const common = {
  id: z.string(),
  rule: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  start: z.number(),
  end: z.number(),
  confidence: z.number(),
};
const figures = z.record(z.string(), z.number());

const measuredEvent = z.looseObject({
  ...common,
  by: z.literal('measurement'),
  raisedAt: z.number(),
  figures,
  threshold: figures,
  source: z.string(),
  calibration: z.enum(['calibrated', 'provisional', 'none']),
  // A folder may come from somebody else: a picture of it lies within it.
  image: z
    .string()
    .regex(/^events\/[\w-]+\.(png|jpg)$/)
    .optional(),
  opinion: opinionSchema.optional(),
});
const askedEvent = z.looseObject({ ...common, by: z.literal('model').optional(), observations: z.array(z.string()) });

export interface EventsFile {
  /** What was measured on this device. */
  readonly measured: readonly MeasuredEvent[];
  /** What was concluded from a model's answers. */
  readonly asked: readonly Event[];
}

/**
 * `events.json` of a run's folder; empty where there is none yet.
 *
 * @throws FramesiftError `input` where it is damaged
 */
export async function readEventsFile(folder: string): Promise<EventsFile> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, runFiles.events), 'utf8'));
    const all = z.array(z.union([measuredEvent, askedEvent])).parse(value);
    return {
      measured: all.filter(({ by }) => by === 'measurement') as unknown as MeasuredEvent[],
      asked: all.filter(({ by }) => by !== 'measurement') as unknown as Event[],
    };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { measured: [], asked: [] };
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    throw new FramesiftError(
      'input',
      `${folder}: its ${runFiles.events} is damaged (${why}). Run its command again: it is made anew.`,
      { cause: error },
    );
  }
}

/** The same for a run that makes it anew: what is damaged is as good as none. */
export const readableEvents = (folder: string): Promise<EventsFile> =>
  readEventsFile(folder).catch(() => ({ measured: [], asked: [] }));

/** Whether the events of a stage that has ended cannot be read. */
export async function eventsAreMissing(folder: string): Promise<boolean> {
  try {
    await readFile(join(folder, runFiles.events));
    await readEventsFile(folder);
    return false;
  } catch {
    return true;
  }
}
