import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FaceMeasurement } from '../../core/face.ts';
import { endOfRun, type ModelRecord } from '../../core/run.ts';
import type { RunProgress } from '../../core/run-event.ts';
import type { StageTime } from '../../core/stage-time.ts';
import type { DecodeReport, FrameSource } from '../../core/video.ts';
import { measureVideo } from './measuring/measure-video.ts';
import { Stopwatch, type StageSpan } from '../../engine/stopwatch.ts';
import { MeasurementLog, measurementLogFile } from '../../store/measurement-log.ts';
import type { MeasurementSeries } from '../../store/measurement-series.ts';
import { readMeasurements, writeMeasurements, writeParquet } from '../../store/measurements.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';
import type { FaceMeter, FaceMeterOptions } from '../../vision/face/face-meter.ts';
import { faceModelPackage, faceModelVersion } from '../../vision/face/models.ts';
import type { MeasureOptions } from './options.ts';
import { defined } from '../../core/defined.ts';

/**
 * Seconds of video after which measuring begins anew, as if the video began there. A run that was broken off is
 * continued at the last of these times, with the very same result.
 */
const chapterSeconds = 10;

export interface Measured {
  readonly measurements: MeasurementSeries;
  /** Where the video, or what was to be measured of it, ends. */
  readonly endSeconds: number;
  readonly decode: DecodeReport;
  /** What it took; empty where it was measured by an earlier run. */
  readonly stages: readonly StageTime[];
}

export interface MeasureOrder {
  /** The run's folder, held by the caller. */
  readonly folder: string;
  readonly options: MeasureOptions;
  /** What an earlier run did of it. */
  readonly earlier: 'new' | 'part' | 'done';
  /** Borrowed; read once from front to end. */
  readonly source: FrameSource;
  /** Opened where something has to be measured. Borrowed. */
  readonly meter: () => Promise<FaceMeter>;
  readonly onSpan?: (span: StageSpan) => void;
  readonly onProgress: (progress: RunProgress) => void;
  /** Told how many frames an earlier run had measured, where it goes on from there. */
  readonly onContinued: (frames: number) => Promise<void>;
  /**
   * Told each measurement in order of time, those of a run that was broken off included. Not told those of a run that
   * had measured all.
   */
  readonly onMeasured?: (measurement: FaceMeasurement) => void;
  readonly signal: AbortSignal;
}

/**
 * Measures a video into the run's folder, as CSV and as Parquet. What an earlier run of the same video and options has
 * measured is not measured again, whether that run finished or was killed in the middle.
 *
 * @throws FramesiftError of decoder, models or disk
 */
export async function measureDriver(order: MeasureOrder): Promise<Measured> {
  const { folder, options, source, signal } = order;
  const known = order.earlier === 'done' ? await readMeasured(folder, options) : undefined;
  if (known) return known;
  const { faceFps, from = 0, until } = options;
  const chapter = chapterOf(options);
  const chapterAt = ({ timeSeconds }: FaceMeasurement): number =>
    Math.floor((timeSeconds - chapter.fromSeconds) / chapter.seconds + 1e-6);
  await using log = await MeasurementLog.open(join(folder, measurementLogFile), keyOf(options), (earlier) => {
    const last = earlier.at(-1);
    if (!last) return 0;
    // The last chapter is not whole, and what followed in it depended on what came before.
    let length = earlier.length;
    while (length > 0 && chapterAt(earlier.at(length - 1)!) === chapterAt(last)) length -= 1;
    return length;
  });
  const { measurements } = log;
  for (const measurement of measurements) order.onMeasured?.(measurement);
  const last = measurements.at(-1);
  if (last) await order.onContinued(measurements.length);
  const ofSeconds = Math.min(until ?? Infinity, source.info.durationSeconds ?? Infinity);
  const meter = await order.meter();
  const watch = new Stopwatch(order.onSpan);
  const pass = measureVideo({
    source,
    watch,
    measure: meter,
    everySeconds: 1 / faceFps,
    fromSeconds: last ? from + (chapterAt(last) + 1) * chapter.seconds : from,
    ...defined({ untilSeconds: until }),
    signal,
  });
  for await (const measurement of pass) {
    const stored = await watch.time('log', () => log.add(measurement));
    order.onMeasured?.(stored);
    order.onProgress({
      type: 'progress',
      stage: 'measure',
      seconds: measurement.timeSeconds,
      ...(ofSeconds < Infinity ? { ofSeconds } : {}),
      framesLookedAt: measurements.length,
    });
  }
  const decode = source.report();
  await watch.time('tables', async () => {
    await writeMeasurements(join(folder, runFiles.measurements), measurements);
    await writeParquet(join(folder, runFiles.measurementsParquet), measurements);
  });
  await writeWhole(join(folder, runFiles.measured), `${JSON.stringify({ decode }, undefined, 2)}\n`);
  await log.remove();
  const spent = await source.spent?.();
  const stages = [...(spent?.stages ?? []), ...watch.timings()];
  return { measurements, endSeconds: endOfRun({ decode, options }), decode, stages };
}

/** What `run.json` says of the models: they are those of one package. */
export const faceModelsUsed: readonly ModelRecord[] = [
  { use: 'face', id: faceModelPackage, version: faceModelVersion },
];

export function meterOptionsOf(options: MeasureOptions): FaceMeterOptions {
  const { seat, drive, objects } = options;
  return {
    chapters: chapterOf(options),
    ...(seat ? { seat } : {}),
    ...(drive ? { drive } : {}),
    ...(objects ? {} : { objectsEverySeconds: Infinity }),
  };
}

/** Chapters begin where a frame is wanted anyway. */
function chapterOf({ faceFps, from = 0 }: MeasureOptions): { fromSeconds: number; seconds: number } {
  return { fromSeconds: from, seconds: Math.round(chapterSeconds * faceFps) / faceFps };
}

/** All that a measurement depends on. */
export function measureDecides(options: MeasureOptions): Record<string, unknown> {
  const { faceFps, from, until, decoder, hwaccel, seat, drive, objects } = options;
  const networks = `${faceModelPackage}@${faceModelVersion}`;
  return { networks, faceFps, from, until, decoder, hwaccel, seat, drive, objects };
}

const keyOf = (options: MeasureOptions): string =>
  createHash('sha256')
    .update(JSON.stringify(measureDecides(options)))
    .digest('hex')
    .slice(0, 32);

const measuredSchema = z.object({
  decode: z.looseObject({ endSeconds: z.number(), truncated: z.boolean(), damaged: z.number(), cpuMs: z.number() }),
});

async function readMeasured(folder: string, options: MeasureOptions): Promise<Measured | undefined> {
  try {
    const value = measuredSchema.parse(JSON.parse(await readFile(join(folder, runFiles.measured), 'utf8')));
    const measurements = await readMeasurements(join(folder, runFiles.measurements));
    const decode = value.decode as unknown as DecodeReport;
    return { measurements, endSeconds: endOfRun({ decode, options }), decode, stages: [] };
  } catch {
    // Absent, or of a run that did not end: it is measured.
    return undefined;
  }
}
