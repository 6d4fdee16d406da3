import { basename, dirname, extname, join, resolve } from 'node:path';
import type { MeasuredEvent } from '../core/driver-state.ts';
import { endOfRun, type RunRecord } from '../core/run.ts';
import type { VideoInfo } from '../core/video.ts';
import type { StageSpan } from '../engine/stopwatch.ts';
import { checkInputFile } from '../media/input-file.ts';
import { removePictures } from '../store/pictures.ts';
import { RunFolder } from '../store/run-folder.ts';
import { TraceWriter } from '../store/trace.ts';
import { identifySource } from '../store/source-identity.ts';
import { parseDriverFaceOptions, type DriverFaceOptionsInput } from './driver-face-options.ts';
import {
  lanesOf,
  driverFaceFiles,
  writeConclusion,
  writeDriverReport,
  wasDecidedBy,
  writeEvents,
  type DriverFaceTotals,
} from './driver-face-results.ts';
import { openStageSource, readFaceSettings, watchFace } from './driver-face-stage.ts';
import { faceModelsUsed, type MeasureProgress, type MeasureResumed } from './driver-measure.ts';
import { isFileThere, prepareOverlay, type OverlayProgress } from './driver-overlay.ts';
import { traceFile } from './profile.ts';
import { checkFrom } from './parse-options.ts';
import { RunJournal } from './run-journal.ts';
import type { SharedModels } from './shared-models.ts';

export interface DriverFaceSettings {
  /** The run folder. Default: `cabin.driver.framesift` beside `cabin.mp4`. */
  readonly output?: string;
  /** Do it again although a finished run with the same options is there. */
  readonly force?: boolean;
  /** Write `trace.json` of what was done when. */
  readonly profile?: boolean;
  /** Models to use and leave open, so that several runs load them once. */
  readonly shared?: SharedModels;
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
  | { readonly type: 'started'; readonly folder: string; readonly video: VideoInfo }
  | MeasureProgress
  | OverlayProgress
  | MeasureResumed
  | { readonly type: 'event'; readonly event: MeasuredEvent }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finished'; readonly summary: DriverFaceSummary };

const workflow = 'driver';

/**
 * Measures a driver's face through a video on this device and concludes events from it. Yields what happens as it
 * happens; the results are in the run folder once `finished` was yielded. A run that was broken off is continued by the
 * same call, with the same result as if it had not been.
 *
 * @throws FramesiftError with a code of `exitCodes`
 */
export async function* analyzeDriverFace(
  video: string,
  input: DriverFaceOptionsInput = {},
  settings: DriverFaceSettings = {},
): AsyncGenerator<DriverFaceEvent> {
  const options = parseDriverFaceOptions(input);
  const { signal = new AbortController().signal, force = false } = settings;
  signal.throwIfAborted();
  const face = await readFaceSettings(options);
  await checkInputFile(video);
  await using stack = new AsyncDisposableStack();
  const identity = await identifySource(video);
  const run = stack.use(await RunFolder.open(outputOf(video, settings), identity));
  const folder = run.path;
  const { earlier } = run;
  const same =
    earlier?.state === 'finished' &&
    JSON.stringify(earlier.options) === JSON.stringify(options) &&
    (await wasDecidedBy(folder, face.rules, face.calibration)) &&
    (options.overlay === undefined || (await isFileThere(options.overlay)));
  if (same && !force) {
    yield { type: 'finished', summary: earlierSummary(folder, earlier) };
    return;
  }
  const journal = new RunJournal();
  try {
    if (options.blurFaces) await removePictures(folder);
    const notices: string[] = [];
    if (options.overlay !== undefined) await prepareOverlay(options.overlay, video, signal);
    const source = stack.use(await openStageSource(video, options, signal, (message) => notices.push(message)));
    const { info } = source;
    checkFrom(video, options.from, info);
    await journal.begin(run, {
      workflow,
      source: identity,
      video: info,
      options: { ...options },
      models: faceModelsUsed,
    });
    yield { type: 'started', folder, video: info };
    const trace = settings.profile ? stack.use(new TraceWriter(join(folder, traceFile))) : undefined;
    const onSpan = trace && (({ stage, ...span }: StageSpan) => trace.add({ stage, name: stage, ...span }));
    const opened = journal.stage('open');
    const { shared } = settings;
    const lent = shared ? { shared } : {};
    const stage = { video, identity, folder, options, settings: face, source, anew: force, ...lent, signal };
    const outcome = yield* watchFace({ ...stage, ...(onSpan ? { onSpan } : {}) });
    const { measured, conclusion, events } = outcome;
    const reportSince = Date.now();
    const { endSeconds, decode } = measured;
    const warnings = [...notices, ...outcome.warnings];
    for (const message of warnings) yield { type: 'warning', message };
    for (const event of events) yield { type: 'event', event };
    await writeEvents(folder, events);
    const totals = await writeConclusion(folder, conclusion, face.rules, endSeconds);
    const lanes = await lanesOf(folder, conclusion, events, face.rules, endSeconds);
    const report = await writeDriverReport(folder, `Driver: ${basename(video)}`, lanes);
    const stages = [...measured.stages, opened, journal.stage('report', reportSince)];
    const spent = journal.spent(decode);
    await journal.finish({
      decode,
      timings: stages,
      counts: { frames: totals.frames, blinks: totals.blinks, ...totals.events },
      cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0, ...spent },
      warnings,
    });
    const took = { elapsedSeconds: journal.elapsedSeconds, cpuSeconds: spent.cpuMs / 1000 };
    yield { type: 'finished', summary: { ...totals, folder, report, alreadyDone: false, ...took } };
  } catch (error) {
    await journal.fail(error, signal);
    // Where nothing could begin, no folder is left to wonder about.
    if (!journal.begun) run.leaveNothing();
    throw error;
  } finally {
    await journal.close();
  }
}

function outputOf(video: string, { output }: DriverFaceSettings): string {
  return resolve(output ?? join(dirname(video), `${basename(video, extname(video))}.driver.framesift`));
}

function earlierSummary(folder: string, record: RunRecord): DriverFaceSummary {
  const { counts, cost, started, finished } = record;
  const { frames = 0, blinks = 0, ...events } = counts;
  return {
    folder,
    report: join(folder, driverFaceFiles.report),
    alreadyDone: true,
    startSeconds: 0,
    endSeconds: endOfRun(record) ?? 0,
    frames,
    measurable: 0,
    blinks,
    events,
    elapsedSeconds: finished ? (Date.parse(finished) - Date.parse(started)) / 1000 : 0,
    cpuSeconds: cost.cpuMs / 1000,
  };
}
