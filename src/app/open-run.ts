import { join, resolve } from 'node:path';
import type { MeasuredEvent } from '../core/driver-state.ts';
import { FramesiftError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Observation } from '../core/observation.ts';
import { summaryOf, type RunRecord, type RunSummary } from '../core/run.ts';
import type { ToldEvent } from '../core/run-event.ts';
import type { Slide } from '../core/slide.ts';
import type { StoredRun } from '../export/formats/format.ts';
import { readEvents, type FollowOptions } from '../store/event-log.ts';
import { columns } from '../store/measurement-table.ts';
import { readMeasurements } from '../store/measurements.ts';
import { observationLine } from '../store/line-schemas.ts';
import { readLines } from '../store/lines.ts';
import { readShown, readSlides } from '../store/read-slides.ts';
import { runFiles } from '../store/run-files.ts';
import { readRecord } from '../store/run-folder.ts';
import { readEventsFile } from '../workflows/questions/read-events.ts';

/** A run that lies in a folder, with its results and what it told. */
export interface OpenedRun extends StoredRun {
  readonly summary: RunSummary;
  /** The events of the run from its first on; with `live`, also those to come until it ends. */
  follow(options?: FollowOptions): AsyncGenerator<ToldEvent>;
}

/**
 * Opens the run in a folder for reading, whether it has ended or goes on in another process.
 *
 * ```ts
 * const run = await openRun('talk.framesift');
 * for (const { title, text } of await run.slides()) console.log(title, text);
 * ```
 *
 * @throws FramesiftError `input` where the folder holds no run, or one of another form
 */
export async function openRun(path: string): Promise<OpenedRun> {
  const folder = resolve(path);
  const record = await readRecord(folder);
  if (!record) throw new FramesiftError('input', `${path}: holds no run of framesift. Give the folder of a run.`);
  return {
    folder,
    record,
    summary: summaryOf(record, folder, join(folder, runFiles.report), true),
    has: (id) =>
      record.stages.some((stage) => stage.id === id && (stage.state === 'finished' || stage.state === 'incomplete')),
    slides: () => readSlides(folder),
    shown: () => readShown(folder),
    observations: () => readLines(join(folder, runFiles.observations), observationLine),
    events: async () => {
      const { measured, asked } = await readEventsFile(folder);
      return [...measured, ...asked].toSorted((a, b) => a.start - b.start);
    },
    measurements: async () => {
      const series = await readMeasurements(join(folder, runFiles.measurements));
      return { columns, rows: rowsOf(series) };
    },
    follow: (options) => readEvents(folder, options),
  };
}

/** What a run found. Absent is what it does not look for, or what it has not come to the end of: `record.stages` says which. */
export interface RunResults {
  readonly record: RunRecord;
  readonly summary: RunSummary;
  /** Of a talk. */
  readonly slides?: readonly Slide[];
  /** What a model answered, in time order; questions that failed or were skipped are among them. */
  readonly observations?: readonly Observation[];
  /** What was concluded from measurements and from answers, in time order. */
  readonly events?: readonly (Event | MeasuredEvent)[];
}

/**
 * Reads the results of the run in a folder at once. `openRun` reads them one by one, also measurements, what was on
 * screen when, and what an interrupted run left.
 *
 * ```ts
 * const { slides = [] } = await readRun('talk.framesift');
 * for (const { title, text } of slides) console.log(title, text);
 * ```
 *
 * @throws FramesiftError `input` where the folder holds no run, one of another form, or damaged slides
 */
export async function readRun(folder: string): Promise<RunResults> {
  const run = await openRun(folder);
  const { record, summary } = run;
  return {
    record,
    summary,
    ...(run.has('slides') ? { slides: await run.slides() } : {}),
    ...(run.has('ask') ? { observations: await run.observations() } : {}),
    ...(run.has('conclude') || run.has('ask') ? { events: await run.events() } : {}),
  };
}

function* rowsOf(series: Awaited<ReturnType<typeof readMeasurements>>): Generator<readonly number[]> {
  for (let at = 0; at < series.length; at += 1) yield [...series.row(at)];
}
