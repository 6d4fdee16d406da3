import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FaceMeasurement } from '../core/face.ts';
import { endOfRun, type RunRecord } from '../core/run.ts';
import type { StageTime } from '../core/stage-time.ts';
import type { DecodeReport, FrameSource } from '../core/video.ts';
import { measureVideo } from '../engine/driver-face/measure-video.ts';
import { Stopwatch, type StageSpan } from '../engine/stopwatch.ts';
import { openVideo } from '../media/open-video.ts';
import { MeasurementLog, measurementLogFile } from '../store/measurement-log.ts';
import type { MeasurementSeries } from '../store/measurement-series.ts';
import { measurementFiles, readMeasurements, writeMeasurements, writeParquet } from '../store/measurements.ts';
import { writeWhole } from '../store/write-file.ts';
import type { FaceMeter, FaceMeterOptions } from '../vision/face/face-meter.ts';
import { faceModelPackage, faceModelVersion } from '../vision/face/models.ts';
import type { DriverFaceOptions } from './driver-face-options.ts';
import { version } from './version.ts';

/** Says that the tables of measurements are whole, and of what. */
const measuredFile = 'measured.json';

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

export interface MeasureProgress {
  readonly type: 'progress';
  readonly stage: 'measure';
  readonly seconds: number;
  readonly ofSeconds?: number;
  readonly frames: number;
}

/** An earlier run had measured so many frames; it goes on from there. */
export interface MeasureResumed {
  readonly type: 'resumed';
  readonly frames: number;
}

export interface MeasureOrder {
  readonly video: string;
  readonly identity: RunRecord['source'];
  /** The run's folder, held by the caller. */
  readonly folder: string;
  readonly options: DriverFaceOptions;
  /** Borrowed; read once from front to end. */
  readonly source: FrameSource;
  /** Opened where something has to be measured. Borrowed. */
  readonly meter: () => Promise<FaceMeter>;
  /** Nothing of an earlier run is to be taken over. */
  readonly anew: boolean;
  readonly onSpan?: (span: StageSpan) => void;
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
export async function* measureDriver(order: MeasureOrder): AsyncGenerator<MeasureProgress | MeasureResumed, Measured> {
  const { folder, options, source, signal } = order;
  const key = keyOf(order);
  const known = order.anew ? undefined : await readMeasured(folder, key, options);
  if (known) return known;
  const { faceFps, from = 0, until } = options;
  const chapter = chapterOf(options);
  const chapterAt = ({ timeSeconds }: FaceMeasurement): number =>
    Math.floor((timeSeconds - chapter.fromSeconds) / chapter.seconds + 1e-6);
  await using log = await MeasurementLog.open(join(folder, measurementLogFile), key, (earlier) => {
    const last = order.anew ? undefined : earlier.at(-1);
    if (!last) return 0;
    // The last chapter is not whole, and what followed in it depended on what came before.
    let length = earlier.length;
    while (length > 0 && chapterAt(earlier.at(length - 1)!) === chapterAt(last)) length -= 1;
    return length;
  });
  const { measurements } = log;
  for (const measurement of measurements) order.onMeasured?.(measurement);
  const last = measurements.at(-1);
  if (last) yield { type: 'resumed', frames: measurements.length };
  const ofSeconds = Math.min(until ?? Infinity, source.info.durationSeconds ?? Infinity);
  const meter = await order.meter();
  const watch = new Stopwatch(order.onSpan);
  const pass = measureVideo({
    source,
    watch,
    measure: meter,
    everySeconds: 1 / faceFps,
    fromSeconds: last ? from + (chapterAt(last) + 1) * chapter.seconds : from,
    ...(until === undefined ? {} : { untilSeconds: until }),
    signal,
  });
  for await (const measurement of pass) {
    const stored = await watch.time('log', () => log.add(measurement));
    order.onMeasured?.(stored);
    yield {
      type: 'progress',
      stage: 'measure',
      seconds: measurement.timeSeconds,
      ...(ofSeconds < Infinity ? { ofSeconds } : {}),
      frames: measurements.length,
    };
  }
  const decode = source.report();
  await watch.time('tables', async () => {
    await writeMeasurements(join(folder, measurementFiles.csv), measurements);
    await writeParquet(join(folder, measurementFiles.parquet), measurements);
  });
  await writeWhole(join(folder, measuredFile), `${JSON.stringify({ key, decode }, undefined, 2)}\n`);
  await log.remove();
  const spent = await source.spent?.();
  const stages = [...(spent?.stages ?? []), ...watch.timings()];
  return { measurements, endSeconds: endOfRun({ decode, options }), decode, stages };
}

/** What `run.json` says of the models: they are those of one package. */
export const faceModelsUsed = [{ use: 'face', id: faceModelPackage, version: faceModelVersion }] as const;

export function meterOptionsOf(options: DriverFaceOptions): FaceMeterOptions {
  const { seat, objects } = options;
  return {
    chapters: chapterOf(options),
    ...(seat ? { seat } : {}),
    ...(objects ? {} : { objectsEverySeconds: Infinity }),
  };
}

export function openSourceFor(
  video: string,
  { decoder, threads, hwaccel }: Pick<DriverFaceOptions, 'decoder' | 'threads' | 'hwaccel'>,
  signal: AbortSignal,
  onNotice?: (message: string) => void,
): Promise<FrameSource> {
  const notice = onNotice ? { onNotice } : {};
  return openVideo(video, { decoder, hwaccel, signal, ...notice, ...(threads === undefined ? {} : { threads }) });
}

/** Chapters begin where a frame is wanted anyway. */
function chapterOf({ faceFps, from = 0 }: DriverFaceOptions): { fromSeconds: number; seconds: number } {
  return { fromSeconds: from, seconds: Math.round(chapterSeconds * faceFps) / faceFps };
}

/** All that a measurement depends on. */
function keyOf({ identity, options }: MeasureOrder): string {
  const { faceFps, from, until, decoder, hwaccel, seat, objects } = options;
  const parts = [
    version,
    identity.identity,
    faceFps,
    from,
    until,
    decoder,
    seat,
    objects,
    ...(hwaccel === 'none' ? [] : [hwaccel]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

const measuredSchema = z.object({
  key: z.string(),
  decode: z.looseObject({ endSeconds: z.number(), truncated: z.boolean(), damaged: z.number(), cpuMs: z.number() }),
});

async function readMeasured(folder: string, key: string, options: DriverFaceOptions): Promise<Measured | undefined> {
  try {
    const value = measuredSchema.parse(JSON.parse(await readFile(join(folder, measuredFile), 'utf8')));
    if (value.key !== key) return undefined;
    const measurements = await readMeasurements(join(folder, measurementFiles.csv));
    const decode = value.decode as unknown as DecodeReport;
    return { measurements, endSeconds: endOfRun({ decode, options }), decode, stages: [] };
  } catch {
    // Absent, or of a run that did not end: it is measured.
    return undefined;
  }
}
