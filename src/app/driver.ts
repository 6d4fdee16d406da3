import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { MeasuredEvent } from '../core/driver-state.ts';
import type { Event } from '../core/event.ts';
import type { Observation, WindowDecision } from '../core/observation.ts';
import type { RunRecord } from '../core/run.ts';
import type { VideoInfo } from '../core/video.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Calm } from '../engine/questions/adaptive.ts';
import type { QuestionsEvent } from '../engine/questions/events.ts';
import { promptVersion } from '../engine/questions/prompts.ts';
import { askQuestions } from '../engine/questions/run.ts';
import { Stopwatch } from '../engine/stopwatch.ts';
import { renderDriverReport } from '../export/driver-report/report.ts';
import { observationsTable } from '../export/driver-report/table.ts';
import { pictureSide } from '../llm/context.ts';
import type { Notice } from '../llm/endpoint.ts';
import type { VisionLanguageModel } from '../llm/model.ts';
import { checkInputFile } from '../media/input-file.ts';
import { openVideo } from '../media/open-video.ts';
import { AnswerCacheFolder } from '../store/answer-cache.ts';
import { ObservationStore, observationFiles, readLines } from '../store/observations.ts';
import { identifySource } from '../store/source-identity.ts';
import { TraceWriter } from '../store/trace.ts';
import { prepareFile, writeWhole } from '../store/write-file.ts';
import { driver } from '../workflows/driver/workflow.ts';
import { readWorkflow } from '../workflows/yaml.ts';
import { DecoderTally } from './decoder-tally.ts';
import { parseDriverOptions, type DriverOptions, type DriverOptionsInput } from './driver-options.ts';
import { askBeside, besideKey, readBeside, type Beside } from './driver-beside.ts';
import { writeEvents } from './driver-face-results.ts';
import { faceModelsUsed } from './driver-measure.ts';
import { isFileThere, prepareOverlay } from './driver-overlay.ts';
import { countActivity, resultsOf, type QuestionsRecord } from './driver-record.ts';
import { openLanguageModel } from './language-model.ts';
import { openLog, type LogLevel } from './log.ts';
import { traceFile } from './profile.ts';
import { checkFrom } from './parse-options.ts';
import { RunJournal } from './run-journal.ts';
import type { SharedModels } from './shared-models.ts';

export interface AskVideoSettings {
  /** The run folder. Default: `cabin.driver.framesift` beside `cabin.mp4`. */
  readonly output?: string;
  /** Do it again although a finished run with the same options is there. */
  readonly force?: boolean;
  /** Where a Chrome trace is written. */
  readonly trace?: string;
  /** Write the trace into the run folder, as `trace.json`. */
  readonly profile?: boolean;
  readonly logLevel?: LogLevel;
  /** Models of this device to use and leave open, so that several runs load them once. */
  readonly shared?: SharedModels;
  /** Asks the user whether the embedded model may answer where no server does. Default: nobody is asked. */
  readonly agree?: (question: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
  /** Told everything as it happens. */
  readonly onEvent?: (event: AskVideoEvent) => void;
}

export type AskVideoEvent =
  | QuestionsEvent
  | Notice
  | {
      readonly type: 'started';
      readonly folder: string;
      readonly video: VideoInfo;
      readonly model: string;
      readonly resumed: boolean;
      readonly workflow: Workflow;
    }
  | {
      readonly type: 'measuring';
      readonly stage: 'measure' | 'overlay';
      readonly seconds: number;
      readonly ofSeconds?: number;
      readonly frames: number;
    }
  /** Everything is measured and drawn; the questions may go on. */
  | { readonly type: 'all-measured' }
  /** With the model's opinion, as soon as that is there. */
  | { readonly type: 'measured'; readonly event: MeasuredEvent }
  | { readonly type: 'warning'; readonly message: string };

export interface AskVideoSummary {
  readonly folder: string;
  readonly report: string;
  readonly alreadyDone: boolean;
  readonly record: QuestionsRecord;
  /** What was concluded from answers. */
  readonly events: readonly Event[];
  /** What was measured on this device, with the model's opinions; empty where nothing was to be measured. */
  readonly measured: readonly MeasuredEvent[];
  readonly elapsedSeconds: number;
}

/**
 * Asks a workflow's questions about a video: the driver's, or those of a YAML file. The results are in the run folder
 * when it resolves. A run that ended early is continued by the same call.
 *
 * @throws FramesiftError with a code of `exitCodes`, or the signal's reason
 */
export async function askVideo(
  video: string,
  input: DriverOptionsInput = {},
  settings: AskVideoSettings = {},
): Promise<AskVideoSummary> {
  const options = parseDriverOptions(input);
  const { signal = new AbortController().signal, onEvent = () => {} } = settings;
  signal.throwIfAborted();
  const workflow = shaped(options.workflow === undefined ? driver : await readWorkflow(options.workflow), options);
  const warn = (message: string): void => onEvent({ type: 'warning', message });
  const beside = options.face && options.workflow === undefined ? await readBeside(options.face, warn) : undefined;
  await checkInputFile(video);
  const overlay = beside?.options.overlay;
  if (overlay !== undefined) await prepareOverlay(overlay, video, signal);
  if (settings.trace !== undefined) await prepareFile(settings.trace, 'Name another file with --trace.');
  const source = await identifySource(video);
  const output = resolve(settings.output ?? defaultOutput(video, workflow));
  const journal = new RunJournal<QuestionsRecord>();

  await using open = new AsyncDisposableStack();
  // Checked before a frame is decoded: the model is there, sees pictures and has room for them.
  const model = open.use(await openAsked(options, workflow, signal, onEvent, settings.agree));
  const key = keyOf(workflow, model, options, beside);
  const store = open.use(
    await ObservationStore.open(
      output,
      { source, workflow: workflow.id, key },
      { anew: settings.force ?? false, pictures: !options.blurFaces },
    ),
  );
  const earlier = store.record as QuestionsRecord | undefined;
  const drawn = overlay === undefined || (await isFileThere(overlay));
  if (earlier?.state === 'finished' && drawn) return await summaryOfEarlier(store, earlier);
  const frames = open.use(
    await openVideo(video, {
      decoder: options.decoder,
      hwaccel: options.hwaccel,
      onNotice: warn,
      signal,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    }),
  );
  checkFrom(video, options.from, frames.info);
  const log = open.use(openLog(store.file(observationFiles.log), settings.logLevel ?? 'info'));
  const traced = settings.trace ?? (settings.profile ? store.file(traceFile) : undefined);
  const trace = traced === undefined ? undefined : open.use(new TraceWriter(traced));

  const watch = new Stopwatch();
  await journal.begin(store, {
    workflow: workflow.id,
    source,
    video: frames.info,
    options: { ...options },
    models: [...modelRecord(model), ...(beside ? faceModelsUsed : [])],
    key,
  });
  onEvent({
    type: 'started',
    folder: output,
    video: frames.info,
    model: model.id,
    resumed: earlier !== undefined,
    workflow,
  });
  try {
    const emit = (event: QuestionsEvent): void => {
      if (event.type === 'activity') {
        trace?.add(event.activity);
        countActivity(watch, event.activity);
      } else if (event.type === 'observation' && event.observation.state === 'failed') log.warn(event.observation);
      else if (event.type === 'plan') log.info(event, 'plan');
      onEvent(event);
    };
    const encode = { quality: options.jpegQuality, longestSide: options.imageSide ?? pictureSide(model.id) };
    const tally = new DecoderTally();
    const ask = (calm: Calm | undefined, within: AbortSignal) =>
      askQuestions(frames, workflow, model, store, {
        plan: options.plan,
        aim: options.aim,
        ...(options.speculate === undefined ? {} : { speculate: options.speculate }),
        ...(options.reuseSimilar === undefined
          ? {}
          : { similar: { distance: options.reuseSimilar, mostInARow: options.reuseAtMost } }),
        encode,
        ...(calm ? { calm } : {}),
        ...(options.from === undefined ? {} : { fromSeconds: options.from }),
        ...(options.until === undefined ? {} : { untilSeconds: options.until }),
        signal: within,
        emit,
      });
    const lent = settings.shared ? { shared: settings.shared } : {};
    const order = { video, identity: source, folder: output, anew: settings.force ?? false, ...lent, signal };
    const { asked, measured } = beside
      ? await askBeside(
          {
            ...beside,
            ...order,
            model,
            workflow,
            encode,
            calmGapSeconds: options.calmGap,
            tally,
            emit,
            onProgress: (progress) => onEvent({ ...progress, type: 'measuring' }),
            onMeasured: () => onEvent({ type: 'all-measured' }),
            onEvent: (event) => onEvent({ type: 'measured', event }),
            onWarning: warn,
            ...(trace ? { onSpan: ({ stage, ...span }) => trace.add({ stage, name: stage, ...span }) } : {}),
          },
          ask,
        )
      : { asked: await ask(undefined, signal), measured: undefined };
    const own = measured?.events ?? [];
    const { events, metrics } = asked;
    const observations = await store.finish(
      events,
      workflow.questions.map(({ id }) => id),
    );
    if (measured) await writeEvents(output, own, events);
    await tally.add(frames);
    const timings = [...tally.stages, ...(measured?.stages ?? []), ...watch.timings()];
    const met = frames.report();
    const peakMemoryMb = met.peakMemoryMb + (measured?.decoderMemoryMb ?? 0);
    const decode = { ...met, peakMemoryMb, cpuMs: tally.cpuMs };
    const results = resultsOf({ metrics, observations, decode, warnings: measured?.warnings ?? [] });
    const cost = { ...results.cost, ...journal.spent(decode) };
    const record = journal.finished({ ...results, timings, decode, metrics, cost });
    const decisions = await readLines<WindowDecision>(store.file(observationFiles.ledger));
    const report = {
      record,
      workflow,
      observations,
      events,
      decisions,
      ...(measured ? { measured: measured.lanes } : {}),
    };
    await writeWhole(store.file(observationFiles.table), observationsTable(workflow, observations));
    await writeWhole(store.file(observationFiles.report), renderDriverReport(report));
    if (record.counts['answered'] === 0) refuseUnanswered(record, observations);
    await journal.finish(record);
    log.info({ metrics }, 'finished');
    return {
      folder: output,
      report: store.file(observationFiles.report),
      alreadyDone: false,
      record,
      events,
      measured: own,
      elapsedSeconds: journal.elapsedSeconds,
    };
  } catch (error) {
    log.error({ err: error }, messageOf(error));
    await journal.fail(error, signal);
    throw error;
  }
}

/** A run in which every question failed is none; the results are written, and another call asks again. */
function refuseUnanswered({ counts }: QuestionsRecord, observations: readonly Observation[]): void {
  const first = observations.find((one) => one.state === 'failed');
  if (!first) return;
  throw new FramesiftError(
    'model',
    `None of ${counts['failed']} questions has an answer. The first says: ${first.error.message}.`,
  );
}

/** `cabin.driver.framesift` beside `cabin.mp4`. */
export function defaultOutput(video: string, workflow: Workflow): string {
  return join(dirname(video), `${basename(video, extname(video))}.${workflow.id}.framesift`);
}

/** The workflow with what the options say of its sampling. */
function shaped(workflow: Workflow, options: DriverOptions): Workflow {
  const { sample } = workflow;
  const { every = sample.everySeconds, window = sample.window, maxGap } = options;
  const adaptive = options.adaptive && sample.adaptive ? { ...sample.adaptive } : undefined;
  return {
    ...workflow,
    sample: {
      everySeconds: every,
      window,
      adaptive: adaptive && maxGap !== undefined ? { ...adaptive, maxGapSeconds: maxGap } : adaptive,
    },
  };
}

async function openAsked(
  options: DriverOptions & { readonly model: string },
  workflow: Workflow,
  signal: AbortSignal,
  onEvent: (event: AskVideoEvent) => void,
  agree: AskVideoSettings['agree'],
): Promise<VisionLanguageModel> {
  const { temperature, topK, topP, numCtx, numPredict, seed, keepAlive } = options;
  const generation = Object.fromEntries(
    Object.entries({ temperature, topK, topP, numCtx, numPredict, seed, keepAlive }).filter(([, v]) => v !== undefined),
  );
  const folder = options.cacheFolder ?? defaultCacheFolder();
  const mostBytes = options.cacheMegabytes * 1024 * 1024;
  return openLanguageModel(options.model, {
    images: workflow.sample.window,
    generation,
    ...(options.cache ? { cache: new AnswerCacheFolder(folder, { mostBytes }) } : {}),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    firstTokenSeconds: options.firstTokenSeconds,
    answerSeconds: options.answerSeconds,
    awaySeconds: options.awaySeconds,
    onNotice: onEvent,
    device: options.device,
    onChange: (message) => onEvent({ type: 'warning', message }),
    ...(options.embedded === undefined ? {} : { embedded: options.embedded }),
    ...(agree === undefined ? {} : { agree }),
    signal,
  });
}

/** Answers are shared between videos and runs, so they live with the user and not with a video. */
export function defaultCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'framesift', 'answers');
}

/** What must be the same for a run to be continued: all that can change an answer or which windows are asked. */
function keyOf(workflow: Workflow, model: VisionLanguageModel, options: DriverOptions, beside?: Beside): string {
  const parts = [
    workflow.id,
    workflow.sample,
    workflow.questions.map((question) => [question.id, promptVersion(workflow, question)]),
    workflow.events,
    model.id,
    model.facts.digest,
    options.plan === 'combined' ? 'combined' : options.plan === 'auto' ? 'auto' : 'separate',
    [options.reuseSimilar, options.reuseAtMost, options.imageSide, options.jpegQuality, options.from, options.until],
    [options.temperature, options.topK, options.topP, options.numCtx, options.numPredict, options.seed],
    ...(options.blurFaces ? ['blurred'] : []),
    ...(beside ? [besideKey(beside, options.calmGap)] : []),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function modelRecord({ id, facts: { digest, device } }: VisionLanguageModel): RunRecord['models'] {
  return [{ use: 'questions', id, ...(digest ? { version: digest } : {}), ...(device ? { device } : {}) }];
}

async function summaryOfEarlier(store: ObservationStore, record: QuestionsRecord): Promise<AskVideoSummary> {
  const all = JSON.parse(await readFile(store.file(observationFiles.events), 'utf8')) as (Event | MeasuredEvent)[];
  const measured = all.filter((event) => 'by' in event && event.by === 'measurement') as MeasuredEvent[];
  const events = all.filter((event) => !measured.includes(event as MeasuredEvent)) as Event[];
  const report = store.file(observationFiles.report);
  return { folder: store.folder, report, alreadyDone: true, record, events, measured, elapsedSeconds: 0 };
}

/** The observations of a run folder, in time order. */
export const readObservations = (folder: string): Promise<Observation[]> =>
  readLines<Observation>(join(folder, observationFiles.observations));
