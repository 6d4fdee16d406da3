import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { MeasuredEvent } from '../../core/driver-state.ts';
import { severities, type Event } from '../../core/event.ts';
import { runFiles } from '../../store/run-files.ts';

const eventSchema = z.looseObject({
  by: z.enum(['measurement', 'model']).optional(),
  id: z.string(),
  rule: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  start: z.number(),
  end: z.number(),
  confidence: z.number(),
  // A folder may come from somebody else: a picture of it lies within it.
  image: z
    .string()
    .regex(/^events\/[\w-]+\.(png|jpg)$/)
    .optional(),
});

export interface EventsFile {
  /** What was measured on this device. */
  readonly measured: readonly MeasuredEvent[];
  /** What was concluded from a model's answers. */
  readonly asked: readonly Event[];
}

/** `events.json` of a run's folder; empty where there is none, or a damaged one. */
export async function readEventsFile(folder: string): Promise<EventsFile> {
  try {
    const all = z.array(eventSchema).parse(JSON.parse(await readFile(join(folder, runFiles.events), 'utf8')));
    const measured = all.filter(({ by }) => by === 'measurement') as unknown as MeasuredEvent[];
    return { measured, asked: all.filter(({ by }) => by !== 'measurement') as unknown as Event[] };
  } catch {
    return { measured: [], asked: [] };
  }
}
