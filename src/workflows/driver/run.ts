import { FramesiftError } from '../../core/errors.ts';
import type { ModelRecord, RunRecord } from '../../core/run.ts';
import type { FrameSource, VideoInfo } from '../../core/video.ts';
import { plural } from '../../core/words.ts';
import { DecoderTally } from '../../engine/decoder-tally.ts';
import type {
  OpenRun,
  PlannedStage,
  PreparedRun,
  PrepareOrder,
  RunnableWorkflow,
  RunResults,
} from '../../engine/lifecycle/workflow.ts';
import { measurementLogFile } from '../../store/measurement-log.ts';
import { runFiles } from '../../store/run-files.ts';
import type { FaceMeter } from '../../vision/face/face-meter.ts';
import { checkFaceEngine } from '../../vision/face/models.ts';
import type { Adapters } from '../adapters.ts';
import { definitionOf } from '../definition.ts';
import { inCabins, openFaceFinder, withoutFaces } from '../redaction.ts';
import { checkFrom, mediaLimits } from '../parse-options.ts';
import { eventsAreMissing } from '../questions/read-events.ts';
import { resultsOf } from '../questions/results.ts';
import {
  askAlone,
  askedModelRecord,
  askFiles,
  askStage,
  AskingStage,
  costBefore,
  decodeOf,
  openAskedModel,
  shaped,
  type Asking,
} from '../questions/stage.ts';
import { measureAndAsk } from './concurrent.ts';
import { faceModelsUsed, measureDecides } from './measure.ts';
import { flatOptions, parseDriverOptions, type AskOptions, type DriverOptions } from './options.ts';
import { isFileThere, prepareOverlay, writeOverlay } from './overlay.ts';
import { reportDriver } from './report.ts';
import {
  framesOfOpinions,
  isDriverFile,
  keptEvents,
  lanesOf,
  measuredFigures,
  withVerifications,
  writeEvents,
} from './results.ts';
import { readFaceSettings, watchFace, type FaceOutcome, type FaceSettings } from './watch.ts';
import { driver } from './workflow.ts';
import { defined } from '../../core/defined.ts';

const stageFiles = {
  measure: [runFiles.measurements, runFiles.measurementsParquet, runFiles.measured, measurementLogFile],
  conclude: [runFiles.spans, runFiles.driver, runFiles.eventPictures],
  ask: askFiles,
} as const;

/** The `driver` workflow: a driver measured on this device, asked of a model, or both at the same time. */
export function driverWorkflow(adapters: Adapters): RunnableWorkflow {
  return {
    id: driver.id,
    version: driver.version,
    folderSuffix: `.${driver.id}.framesift`,
    check: (input) => void parseDriverOptions(input),
    asks: (input) => parseDriverOptions(input).ask !== undefined,
    async prepare(input, order) {
      const options = parseDriverOptions(input);
      const measure = options.measure && (await readMeasuring(options.measure, options.ask !== undefined, order));
      const asking = options.ask && (await openAsking(options.ask, adapters, order));
      return new DriverRun(adapters, options, measure, asking);
    },
    describe({ counts }) {
      const { events = 0, answered } = counts;
      return `${plural(events, 'event')}${answered === undefined ? '' : `, ${plural(answered, 'answer')}`}`;
    },
  };
}

type DriverAsking = Asking & { readonly options: AskOptions };

async function openAsking(options: AskOptions, adapters: Adapters, order: PrepareOrder): Promise<DriverAsking> {
  const workflow = shaped(driver, options);
  return { workflow, options, model: await openAskedModel(adapters, options, workflow, order) };
}

/**
 * Reads what measuring is told. Where its packages are not installed and a model is asked anyway, says so and gives
 * undefined.
 */
async function readMeasuring(
  options: NonNullable<DriverOptions['measure']>,
  asks: boolean,
  { video, signal, warn }: PrepareOrder,
): Promise<FaceSettings | undefined> {
  const settings = await readFaceSettings(options);
  if (options.overlay !== undefined) await prepareOverlay(options.overlay, video, signal);
  try {
    await checkFaceEngine();
  } catch (error) {
    if (!(error instanceof FramesiftError) || !asks) throw error;
    warn(`Nothing is measured on this device, only the model is asked: ${error.message}`);
    return undefined;
  }
  return settings;
}

class DriverRun implements PreparedRun {
  readonly options;
  readonly definition;
  readonly stages;
  readonly otherStages = stageFiles;
  readonly #adapters: Adapters;
  readonly #options: DriverOptions;
  readonly #settings: FaceSettings | undefined;
  readonly #asking: DriverAsking | undefined;
  readonly #opened = new AsyncDisposableStack();
  #frames: FrameSource | undefined;
  #finder: FaceMeter | undefined;
  #face: Pick<FaceOutcome, 'conclusion' | 'events' | 'measured'> | undefined;

  constructor(
    adapters: Adapters,
    options: DriverOptions,
    settings: FaceSettings | undefined,
    asking: DriverAsking | undefined,
  ) {
    this.#adapters = adapters;
    this.#options = options;
    this.#settings = settings;
    this.#asking = asking;
    if (asking) this.#opened.use(asking.model);
    this.options = flatOptions(options);
    this.definition = {
      ...(settings ? { rules: settings.rules } : {}),
      ...(asking ? { questions: definitionOf(asking.workflow) } : {}),
    };
    this.stages = this.#plan();
  }

  #plan(): PlannedStage[] {
    const stages: PlannedStage[] = [];
    const measure = this.#settings && this.#options.measure;
    const concludes = measure && {
      measure: measureDecides(measure),
      rules: this.#settings.rules,
      calibration: this.#settings.calibration,
      redact: measure.redact,
    };
    if (measure) {
      stages.push({ id: 'measure', decides: measureDecides(measure), files: stageFiles.measure });
      stages.push({
        id: 'conclude',
        decides: concludes!,
        files: stageFiles.conclude,
        isMissing: async (_, folder) => (await eventsAreMissing(folder)) || !(await isDriverFile(folder)),
      });
    }
    const { overlay } = measure ?? {};
    if (overlay !== undefined) {
      const isMissing = async (): Promise<boolean> => !(await isFileThere(overlay));
      stages.push({ id: 'overlay', decides: { overlay, ...concludes }, files: [], isMissing });
    }
    if (this.#asking) {
      const more = concludes ? { concludes, calmGap: this.#asking.options.calmGap } : {};
      stages.push(askStage(this.#asking, more));
    }
    return stages;
  }

  async open(run: OpenRun): Promise<{ video: VideoInfo; models: ModelRecord[] }> {
    const frames = this.#opened.use(await this.#openFrames(run, run.signal, run.warn));
    this.#frames = frames;
    const { from } = this.#options.measure ?? this.#options.ask!;
    checkFrom(run.video, from, frames.info);
    if (this.#asking?.options.redact) this.#finder = this.#opened.use(await openFaceFinder(this.#adapters));
    const asked = this.#asking ? [askedModelRecord(this.#asking.model)] : [];
    return { video: frames.info, models: [...asked, ...(this.#settings ? faceModelsUsed : [])] };
  }

  #openFrames(run: OpenRun, signal: AbortSignal, onNotice?: (message: string) => void): Promise<FrameSource> {
    const { decoder, hwaccel, threads } = this.#options.measure ?? this.#options.ask!;
    return this.#adapters.openVideo(run.video, {
      decoder,
      hwaccel,
      limits: mediaLimits(this.#options.measure ?? this.#options.ask!),
      signal,
      ...(onNotice ? { onNotice } : {}),
      ...defined({ threads }),
    });
  }

  /** Frames as a model is shown them. */
  readonly #shown = (source: FrameSource): FrameSource =>
    this.#finder ? withoutFaces(source, this.#finder, inCabins) : source;

  work(run: OpenRun): Promise<RunResults> {
    if (!this.#asking) return this.#measure(run);
    return this.#settings ? this.#both(run) : this.#ask(run);
  }

  async #measure(run: OpenRun): Promise<RunResults> {
    const source = this.#frames!;
    const options = this.#options.measure!;
    const settings = this.#settings!;
    const face = await watchFace({ run, adapters: this.#adapters, options, settings, source, signal: run.signal });
    for (const message of face.warnings) run.warn(message);
    for (const event of face.events) run.tell({ type: 'event', event });
    const { asked } = await keptEvents(run.folder.path);
    this.#face = face;
    await writeEvents(run.folder.path, face.events, asked);
    await run.stage('conclude').end();
    await this.#overlay(run, face);
    const { counts, figures } = measuredFigures(face.conclusion, face.measured.endSeconds);
    return {
      decode: face.measured.decode,
      timings: face.measured.stages,
      counts: { ...counts, events: face.events.length + asked.length },
      figures,
      cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0 },
      warnings: [],
    };
  }

  async #both(run: OpenRun): Promise<RunResults> {
    const frames = this.#frames!;
    const asking = this.#asking!;
    const settings = this.#settings!;
    const stage = new AskingStage(asking, run);
    const tally = new DecoderTally();
    const { asked, face, events, stages, decoderMemoryMb } = await measureAndAsk({
      run,
      adapters: this.#adapters,
      options: this.#options.measure!,
      settings,
      asking,
      stage,
      frames,
      shown: this.#shown,
      openFrames: (signal) => this.#openFrames(run, signal),
      tally,
    });
    this.#face = { ...face, events };
    for (const event of asked.events) run.tell({ type: 'event', event });
    await writeEvents(run.folder.path, events, asked.events);
    await run.stage('conclude').end();
    await this.#overlay(run, face);
    const met = await decodeOf(frames, tally, run);
    const decode = { ...met, peakMemoryMb: met.peakMemoryMb + decoderMemoryMb };
    const results = resultsOf(asked.metrics, asked.observations, decode, costBefore(run), asking.model.budget?.price);
    const { counts, figures } = measuredFigures(face.conclusion, face.measured.endSeconds);
    return {
      ...results,
      shown: [...(results.shown ?? []), ...framesOfOpinions(events)],
      counts: { ...counts, ...results.counts, events: events.length + asked.events.length },
      figures,
      cost: withVerifications(results.cost, asked.metrics.requests, asking.model.spent),
      timings: [...tally.stages, ...stages, ...stage.watch.timings()],
      decode,
      metrics: asked.metrics,
      // Said of measuring already, which has looked at the whole video.
      warnings:
        face.warnings.length > 0
          ? results.warnings.filter((one) => !one.startsWith('The video ended'))
          : results.warnings,
    };
  }

  #ask(run: OpenRun): Promise<RunResults> {
    return askAlone(this.#asking!, run, this.#shown(this.#frames!), async (events) => {
      const { measured } = await keptEvents(run.folder.path);
      if (measured.length > 0) await writeEvents(run.folder.path, measured, events);
      else await run.folder.writeJson(runFiles.events, events);
      return measured.length + events.length;
    });
  }

  async #overlay(run: OpenRun, { conclusion, measured }: FaceOutcome): Promise<void> {
    const options = this.#options.measure!;
    if (options.overlay === undefined) return;
    const stage = run.stage('overlay');
    await stage.begin();
    if (stage.earlier !== 'done') {
      await using source = await this.#openFrames(run, run.signal);
      await writeOverlay({
        path: options.overlay,
        adapters: this.#adapters,
        source,
        options,
        conclusion,
        endSeconds: measured.endSeconds,
        onProgress: run.tell,
        signal: run.signal,
      });
    }
    await stage.end();
  }

  async report(record: RunRecord, { folder }: OpenRun): Promise<void> {
    const face = this.#face;
    const lanes =
      face &&
      (await lanesOf(folder.path, face.conclusion, face.events, this.#settings!.rules, face.measured.endSeconds));
    await reportDriver(folder, record, lanes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
