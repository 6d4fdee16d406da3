import { basename, dirname, extname, join, resolve } from 'node:path';
import type { MeasuredEvent } from '../core/driver-state.ts';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { FaceMeasurement } from '../core/face.ts';
import type { RunRecord, RunState } from '../core/run.ts';
import type { FrameSource, VideoInfo } from '../core/video.ts';
import { concludeDriver } from '../detect/driver/conclude.ts';
import { defaultDriverRules } from '../detect/driver/rules.ts';
import { eventPictures } from '../engine/driver-face/event-pictures.ts';
import { measureVideo } from '../engine/driver-face/measure-video.ts';
import { annotate } from '../export/driver-lanes/annotate.ts';
import { encodePng } from '../export/driver-lanes/png.ts';
import { checkInputFile } from '../media/input-file.ts';
import { openVideo } from '../media/open-video.ts';
import { asStored, measurementsFile, writeMeasurements } from '../store/measurements.ts';
import { RunFolder } from '../store/run-folder.ts';
import { identifySource } from '../store/source-identity.ts';
import { makeFolder, writeWhole } from '../store/write-file.ts';
import { openFaceMeter, type FaceMeter } from '../vision/face/face-meter.ts';
import { parseDriverFaceOptions, type DriverFaceOptions, type DriverFaceOptionsInput } from './driver-face-options.ts';
import {
  driverFaceFiles,
  lanesOf,
  readDriverFile,
  writeConclusion,
  writeDriverReport,
  type DriverFaceTotals,
} from './driver-face-results.ts';
import { loadDriverRules } from './driver-rules.ts';
import { version } from './version.ts';

export interface DriverFaceSettings {
  /** The run folder. Default: `cabin.driver.framesift` beside `cabin.mp4`. */
  readonly output?: string;
  /** Do it again although a finished run with the same options is there. */
  readonly force?: boolean;
  /**
   * An existing folder of a run that the caller holds and records: then neither `run.json` nor `report.html` is written,
   * and the events go to `measured-events.json`.
   */
  readonly partOf?: string;
  readonly signal?: AbortSignal;
}

export interface DriverFaceSummary extends DriverFaceTotals {
  readonly folder: string;
  readonly report?: string;
  /** True when a finished run was found and nothing had to be done. */
  readonly alreadyDone: boolean;
  readonly elapsedSeconds: number;
  readonly cpuSeconds: number;
}

/** Everything that a run of the on-device engine tells while it goes. */
export type DriverFaceEvent =
  | { readonly type: 'started'; readonly folder: string; readonly video: VideoInfo; readonly resumed: boolean }
  | {
      readonly type: 'progress';
      readonly stage: 'measure' | 'report';
      readonly seconds: number;
      readonly ofSeconds?: number;
      readonly frames: number;
    }
  | { readonly type: 'event'; readonly event: MeasuredEvent }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finished'; readonly summary: DriverFaceSummary };

const workflow = 'driver';
/** Events that get a picture, by beginning: more fill a page without saying more. */
const mostPictures = 40;
const pictureSide = 480;

/**
 * Measures a driver's face through a video on this device and concludes events from it. Yields what happens as it
 * happens; the results are in the run folder once `finished` was yielded. A run that was broken off begins anew.
 *
 * @throws FramesiftError with a code of `exitCodes`
 */
export async function* analyzeDriverFace(
  video: string,
  input: DriverFaceOptionsInput = {},
  settings: DriverFaceSettings = {},
): AsyncGenerator<DriverFaceEvent> {
  const options = parseDriverFaceOptions(input);
  const { signal = new AbortController().signal, partOf } = settings;
  signal.throwIfAborted();
  // Read first: a mistake in a table should not cost an hour of measuring.
  const rules = options.rules === undefined ? defaultDriverRules : await loadDriverRules(options.rules);
  const known = options.calibration === undefined ? undefined : await readDriverFile(options.calibration);
  await checkInputFile(video);
  await using stack = new AsyncDisposableStack();
  const identity = await identifySource(video);
  const run = partOf === undefined ? stack.use(await RunFolder.open(outputOf(video, settings), identity)) : undefined;
  const folder = partOf ?? run!.path;
  const earlier = run?.earlier;
  const same =
    earlier?.state === 'finished' && JSON.stringify(earlier.options) === JSON.stringify({ ...options, rules });
  if (same && !settings.force) {
    yield { type: 'finished', summary: earlierSummary(folder, earlier) };
    return;
  }
  const started = Date.now();
  const cpuBefore = process.cpuUsage();
  let record: RunRecord | undefined;
  const save = async (state: RunState, more: Partial<RunRecord> = {}): Promise<void> => {
    if (!record) return;
    record = { ...record, ...more, state };
    await run?.writeRecord(record);
  };
  try {
    const open = (): Promise<FrameSource> => openSource(video, options, signal);
    const source = stack.use(await open());
    const meter = stack.use(await openMeter(options));
    record = newRecord(identity, source.info, { ...options, rules }, meter, started);
    await save('running');
    yield { type: 'started', folder: folder, video: source.info, resumed: false };
    const measurements = yield* measure(source, meter, options, signal);
    const decode = source.report();
    const endSeconds = Math.min(decode.endSeconds, options.until ?? Infinity);
    for (const message of warningsOf(source, measurements)) yield { type: 'warning', message };
    yield {
      type: 'progress',
      stage: 'report',
      seconds: endSeconds,
      ofSeconds: endSeconds,
      frames: measurements.length,
    };
    await writeMeasurements(join(folder, measurementsFile), measurements);
    const conclusion = concludeDriver(measurements, endSeconds, rules, known?.calibration);
    const events = await withPictures(folder, open, meter, conclusion.events, options.blurFaces, signal);
    for (const event of events) yield { type: 'event', event };
    const file = partOf ? driverFaceFiles.measuredEvents : driverFaceFiles.events;
    const totals = await writeConclusion(folder, conclusion, events, rules, endSeconds, file);
    const lanes = await lanesOf(folder, conclusion, events, rules, endSeconds);
    const report = partOf ? undefined : await writeDriverReport(folder, `Driver: ${basename(video)}`, lanes);
    const usage = process.cpuUsage(cpuBefore);
    const cpuMs = (usage.user + usage.system) / 1000 + decode.cpuMs;
    const elapsedSeconds = (Date.now() - started) / 1000;
    await save('finished', finishedRecord(record, decode, totals, cpuMs, elapsedSeconds));
    yield {
      type: 'finished',
      summary: {
        ...totals,
        folder: folder,
        ...(report === undefined ? {} : { report }),
        alreadyDone: false,
        elapsedSeconds,
        cpuSeconds: cpuMs / 1000,
      },
    };
  } catch (error) {
    const code = error instanceof FramesiftError ? error.code : 'bug';
    // The disk may be what failed: the error that counts is the first one.
    await save(signal.aborted ? 'interrupted' : 'failed', { error: { code, message: messageOf(error) } }).catch(
      () => {},
    );
    throw error;
  } finally {
    if (record?.state === 'running') await save('interrupted').catch(() => {});
  }
}

function outputOf(video: string, { output }: DriverFaceSettings): string {
  return resolve(output ?? join(dirname(video), `${basename(video, extname(video))}.driver.framesift`));
}

function openSource(video: string, { decoder, threads }: DriverFaceOptions, signal: AbortSignal): Promise<FrameSource> {
  return openVideo(video, { decoder, signal, ...(threads === undefined ? {} : { threads }) });
}

function openMeter({ seat, phone }: DriverFaceOptions): Promise<FaceMeter> {
  return openFaceMeter({ ...(seat ? { seat } : {}), ...(phone ? {} : { phoneEverySeconds: Infinity }) });
}

async function* measure(
  source: FrameSource,
  meter: FaceMeter,
  { faceFps, from, until }: DriverFaceOptions,
  signal: AbortSignal,
): AsyncGenerator<DriverFaceEvent, FaceMeasurement[]> {
  const measurements: FaceMeasurement[] = [];
  const ofSeconds = Math.min(until ?? Infinity, source.info.durationSeconds ?? Infinity);
  const pass = measureVideo({
    source,
    measure: meter,
    everySeconds: 1 / faceFps,
    ...(from === undefined ? {} : { fromSeconds: from }),
    ...(until === undefined ? {} : { untilSeconds: until }),
    signal,
  });
  for await (const measurement of pass) {
    // As it will be read back, so that deciding again gives the very same events.
    measurements.push(asStored(measurement));
    yield {
      type: 'progress',
      stage: 'measure',
      seconds: measurement.timeSeconds,
      ...(ofSeconds < Infinity ? { ofSeconds } : {}),
      frames: measurements.length,
    };
  }
  return measurements;
}

async function withPictures(
  folder: string,
  open: () => Promise<FrameSource>,
  meter: FaceMeter,
  events: readonly MeasuredEvent[],
  blurFaces: boolean,
  signal: AbortSignal,
): Promise<MeasuredEvent[]> {
  if (events.length === 0) return [];
  await makeFolder(join(folder, driverFaceFiles.pictures));
  const images = new Map<string, string>();
  const chosen = events.slice(0, mostPictures);
  const pictures = eventPictures({
    open,
    read: (...one) => meter.read(...one),
    events: chosen,
    longestSide: pictureSide,
    signal,
  });
  for await (const { event, picture, driver, faces } of pictures) {
    const image = `${driverFaceFiles.pictures}/${event.id}.png`;
    const drawn = annotate(picture, { faces, blurFaces, ...(driver ? { driver } : {}) });
    await writeWhole(join(folder, image), encodePng(drawn));
    images.set(event.id, image);
  }
  return events.map((event) => {
    const image = images.get(event.id);
    return image === undefined ? event : { ...event, image };
  });
}

function warningsOf(source: FrameSource, measurements: readonly FaceMeasurement[]): string[] {
  const warnings: string[] = [];
  const { truncated, damaged, endSeconds } = source.report();
  if (truncated)
    warnings.push(`The file ends at ${endSeconds.toFixed(1)} s, before its header says: it is probably cut off.`);
  if (damaged > 0)
    warnings.push(`${damaged} damaged packets or frames were met; what was measured there may be wrong.`);
  const faces = measurements.filter(({ driver }) => driver).length;
  if (measurements.length > 0 && faces < measurements.length / 2) {
    const share = Math.round((faces / measurements.length) * 100);
    warnings.push(
      `A face was seen in only ${share} % of the frames: little can be said. Is the driver in the picture, or --seat wrong?`,
    );
  }
  return warnings;
}

function newRecord(
  source: RunRecord['source'],
  video: VideoInfo,
  options: RunRecord['options'],
  meter: FaceMeter,
  started: number,
): RunRecord {
  return {
    framesift: version,
    workflow,
    state: 'running',
    source,
    video,
    options,
    models: meter.models,
    started: new Date(started).toISOString(),
    timings: [],
    counts: {},
    cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0, cpuMs: 0, peakMemoryMb: 0 },
    warnings: [],
  };
}

function finishedRecord(
  record: RunRecord,
  decode: NonNullable<RunRecord['decode']>,
  totals: DriverFaceTotals,
  cpuMs: number,
  elapsedSeconds: number,
): Partial<RunRecord> {
  const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024 + decode.peakMemoryMb);
  return {
    finished: new Date().toISOString(),
    decode,
    timings: [{ stage: 'measure', wallMs: Math.round(elapsedSeconds * 1000), count: totals.frames }],
    counts: { frames: totals.frames, blinks: totals.blinks, ...totals.events },
    cost: { ...record.cost, cpuMs: Math.round(cpuMs), peakMemoryMb },
  };
}

function earlierSummary(folder: string, { counts, cost, decode, started, finished }: RunRecord): DriverFaceSummary {
  const { frames = 0, blinks = 0, ...events } = counts;
  return {
    folder,
    report: join(folder, driverFaceFiles.report),
    alreadyDone: true,
    endSeconds: decode?.endSeconds ?? 0,
    frames,
    measurable: 0,
    blinks,
    events,
    elapsedSeconds: finished ? (Date.parse(finished) - Date.parse(started)) / 1000 : 0,
    cpuSeconds: cost.cpuMs / 1000,
  };
}
