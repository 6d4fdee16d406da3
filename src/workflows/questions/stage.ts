import { join } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import { plans, type Observation } from '../../core/observation.ts';
import { cacheFolder } from '../../core/places.ts';
import type { ModelRecord, RunCost, RunRecord } from '../../core/run.ts';
import type { RunEvent } from '../../core/run-event.ts';
import type { DecodeReport, FrameSource } from '../../core/video.ts';
import type { Workflow } from '../../core/workflow.ts';
import type { OpenRun, PlannedStage, PrepareOrder, RunResults } from '../../engine/lifecycle/workflow.ts';
import type { Calm } from '../../engine/questions/adaptive.ts';
import type { EncodeOptions } from '../../engine/questions/encode.ts';
import type { QuestionsEvent } from '../../engine/questions/events.ts';
import type { RunMetrics } from '../../engine/questions/metrics.ts';
import { DecoderTally } from '../../engine/decoder-tally.ts';
import { largestQuestion, promptVersion } from '../../engine/questions/prompts.ts';
import { askQuestions } from '../../engine/questions/run.ts';
import { Stopwatch } from '../../engine/stopwatch.ts';
import { observationsTable } from '../../export/driver-report/table.ts';
import { Budget } from '../../llm/budget.ts';
import { pictureSide } from '../../llm/context.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import { AnswerCacheFolder } from '../../store/answer-cache.ts';
import { observationLine } from '../../store/line-schemas.ts';
import { readLines } from '../../store/lines.ts';
import { ObservationStore, type ChosenPlan } from '../../store/observations.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';
import type { Adapters } from '../adapters.ts';
import { eventsAreMissing } from './read-events.ts';
import type { QuestionsOptions } from './options.ts';
import { modelOfPreset } from './preset-model.ts';
import { priceOf } from './price.ts';
import { countActivity, openCount, resultsOf, spentBefore } from './results.ts';
import { defined } from '../../core/defined.ts';

/** What the stage writes. */
export const askFiles = [runFiles.observations, runFiles.ledger, runFiles.windows, runFiles.table] as const;

/** The workflow with what the options say of its sampling. */
export function shaped(workflow: Workflow, options: QuestionsOptions): Workflow {
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

/**
 * Opens the model of a workflow of questions: it is there, sees pictures and has room for them.
 *
 * @throws FramesiftError `usage`, `model` or `dependency`
 */
export async function openAskedModel(
  adapters: Adapters,
  options: QuestionsOptions,
  workflow: Workflow,
  { settings, signal, tell, warn }: PrepareOrder,
): Promise<VisionLanguageModel> {
  const { temperature, topK, topP, numCtx, numPredict, seed, keepAlive } = options;
  const all = { temperature, topK, topP, numCtx, numPredict, seed, keepAlive };
  const generation = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  // Answers are shared between videos and runs, so they live with the user and not with a video.
  const folder = options.cacheFolder ?? join(cacheFolder(), 'answers');
  const maxBytes = options.cacheMegabytes * 1024 * 1024;
  const { maxTokensTotal: maxTokens, maxCost } = options;
  const spec = await modelOfPreset(options.preset, options.model, { tell: warn, signal });
  const price = options.price === undefined ? undefined : await priceOf(options.price, nameOf(spec));
  const limited = maxTokens !== undefined || price !== undefined;
  return adapters.languageModel(spec, {
    ...(limited ? { budget: new Budget({ maxTokens, maxCost, price }) } : {}),
    images: workflow.sample.window,
    imageSide: options.imageSide ?? pictureSide(spec),
    ...largestQuestion(workflow, options.plan === 'combined'),
    generation,
    ...(options.cache ? { cache: new AnswerCacheFolder(folder, { maxBytes }) } : {}),
    ...defined({ concurrency: options.concurrency }),
    firstTokenSeconds: options.firstTokenSeconds,
    answerSeconds: options.answerSeconds,
    awaySeconds: options.awaySeconds,
    onNotice: tell,
    device: options.device,
    onChange: warn,
    ...defined({ embedded: options.embedded, agree: settings.agree }),
    signal,
  });
}

/** A model's name without where it is. */
const nameOf = (spec: string): string => spec.split('@', 1)[0]!;

/** Where the answers of a run come from, and what decides them. */
export interface Asking {
  /** As it is asked: `shaped` by the options. */
  readonly workflow: Workflow;
  readonly model: VisionLanguageModel;
  readonly options: QuestionsOptions;
}

/** @param more what else decides which windows are asked, such as what is measured beside */
export function askStage(
  { workflow, model, options }: Asking,
  more: Readonly<Record<string, unknown>> = {},
): PlannedStage {
  const { reuseSimilar, reuseAtMost, imageSide, jpegQuality, from, until } = options;
  const { temperature, topK, topP, numCtx, numPredict, seed, redact } = options;
  return {
    id: 'ask',
    decides: {
      workflow: workflow.id,
      sample: workflow.sample,
      questions: Object.fromEntries(workflow.questions.map((one) => [one.id, promptVersion(workflow, one)])),
      events: workflow.events,
      model: model.id,
      digest: model.facts.digest,
      plan: options.plan === 'combined' || options.plan === 'auto' ? options.plan : 'separate',
      reuseSimilar,
      reuseAtMost,
      imageSide,
      jpegQuality,
      from,
      until,
      temperature,
      topK,
      topP,
      numCtx,
      numPredict,
      seed,
      redact,
      ...more,
    },
    files: askFiles,
    isMissing: ({ counts }, folder) => answersAreMissing(folder, counts),
  };
}

/** Whether answers that a run had are no longer there, or what was concluded of them. */
async function answersAreMissing(folder: string, counts: RunRecord['counts']): Promise<boolean> {
  const { answered = 0, failed = 0, skipped = 0 } = counts;
  const observations = await readLines(join(folder, runFiles.observations), observationLine);
  const there = new Set(observations.map(({ id }) => id)).size;
  return there < answered + failed + skipped || (await eventsAreMissing(folder));
}

export interface Asked {
  readonly observations: readonly Observation[];
  readonly events: readonly Event[];
  readonly metrics: RunMetrics;
}

export const encodingOf = ({ model, options }: Asking): EncodeOptions => ({
  quality: options.jpegQuality,
  longestSide: options.imageSide ?? pictureSide(model.id),
});

/** The `ask` stage of a run under way: asks, stores, counts. */
export class AskingStage {
  readonly watch = new Stopwatch();
  readonly #asking: Asking;
  readonly #run: OpenRun;

  constructor(asking: Asking, run: OpenRun) {
    this.#asking = asking;
    this.#run = run;
  }

  /** Tells what asking tells, in the words of the run's stream. */
  readonly emit = (event: QuestionsEvent): void => {
    if (event.type === 'activity') {
      this.#run.trace?.(event.activity);
      countActivity(this.watch, event.activity);
    } else this.#run.tell(toldOf(event));
  };

  /**
   * Asks all that was not answered yet.
   *
   * @param frames borrowed
   * @throws FramesiftError `model` where nothing at all was answered; of decoder, server or disk
   */
  async ask(frames: FrameSource, calm?: Calm, signal: AbortSignal = this.#run.signal): Promise<Asked> {
    const { workflow, model, options } = this.#asking;
    const stage = this.#run.stage('ask');
    await using store = await ObservationStore.open(this.#run.folder, {
      planChoice: chosenPlan(stage.settled),
      finished: stage.reachedEnd,
      onPlanChoice: (choice) => stage.settle({ ...choice }),
    });
    model.budget?.begin(spentBefore(store.earlier.observations, costBefore(this.#run)));
    await stage.begin(countOf(store.earlier.observations));
    const { events, metrics } = await askQuestions(frames, workflow, model, store, {
      plan: options.plan,
      aim: options.aim,
      ...defined({ speculate: options.speculate }),
      speculateShare: options.speculateShare,
      ...(options.reuseSimilar === undefined
        ? {}
        : { similar: { distance: options.reuseSimilar, maxInARow: options.reuseAtMost } }),
      encode: encodingOf(this.#asking),
      ...(calm ? { calm } : {}),
      ...defined({ fromSeconds: options.from, untilSeconds: options.until }),
      signal,
      emit: this.emit,
    });
    const observations = await store.finish(workflow.questions.map(({ id }) => id));
    await writeWhole(store.file(runFiles.table), observationsTable(workflow, observations));
    const failed = observations.filter(({ state }) => state === 'failed').length;
    if (failed > 0 && !observations.some(({ state }) => state === 'answered')) refuseUnanswered(failed, observations);
    await stage.end(openCount(observations));
    return { observations, events, metrics };
  }
}

/**
 * What decoding met. Of a run that only asks again what failed before the video is not seen to its end: what the earlier
 * one met holds.
 */
export async function decodeOf(frames: FrameSource, tally: DecoderTally, { folder }: OpenRun): Promise<DecodeReport> {
  await tally.add(frames);
  const { cpuMs } = tally;
  try {
    return { ...frames.report(), cpuMs };
  } catch (error) {
    const met = folder.earlier?.decode;
    if (!met) throw error;
    return { ...met, cpuMs };
  }
}

/**
 * Asks alone, with nothing measured meanwhile.
 *
 * @param frames borrowed
 * @param keep writes what was concluded from the answers; how many events the run has then
 */
export async function askAlone(
  asking: Asking,
  run: OpenRun,
  frames: FrameSource,
  keep: (events: readonly Event[]) => Promise<number>,
): Promise<RunResults> {
  const stage = new AskingStage(asking, run);
  const { observations, events, metrics } = await stage.ask(frames);
  for (const event of events) run.tell({ type: 'event', event });
  const kept = await keep(events);
  const tally = new DecoderTally();
  const decode = await decodeOf(frames, tally, run);
  const results = resultsOf(metrics, observations, decode, costBefore(run), asking.model.budget?.price);
  const timings = [...tally.stages, ...stage.watch.timings()];
  return { ...results, counts: { ...results.counts, events: kept }, timings, decode, metrics };
}

/** What an earlier part of the run had cost that is continued now. */
export const costBefore = ({ stage, folder }: OpenRun): RunCost | undefined =>
  stage('ask').earlier === 'part' ? folder.earlier?.cost : undefined;

/** A run in which every question failed is none; the results are written, and another call asks again. */
function refuseUnanswered(failed: number, observations: readonly Observation[]): void {
  const first = observations.find((one) => one.state === 'failed');
  if (!first) return;
  throw new FramesiftError(
    'model',
    `None of ${failed} questions has an answer. The first says: ${first.error.message}.`,
  );
}

/** What an earlier run chose; its record may have been edited since. */
function chosenPlan(settled: Readonly<Record<string, unknown>> | undefined): ChosenPlan | undefined {
  const plan = plans.find((one) => one === settled?.['plan']);
  return plan && { plan, reason: String(settled?.['reason']) };
}

function countOf(windows: ReadonlyMap<number, ReadonlyMap<string, Observation>>): number | undefined {
  if (windows.size === 0) return undefined;
  const all = [...windows.values()].flatMap((window) => [...window.values()]);
  return all.filter(({ state }) => state === 'answered').length;
}

function toldOf(event: Exclude<QuestionsEvent, { type: 'activity' }>): RunEvent {
  if (event.type === 'observation') return { type: 'observation', observation: event.observation };
  if (event.type !== 'window') return event;
  const { window, span, plan, latencyMs, idle, observations } = event.record;
  return { type: 'window', window, span, plan, latencyMs, idle, observations: observations.map(({ id }) => id) };
}

export function askedModelRecord({ id, facts: { digest, device } }: VisionLanguageModel): ModelRecord {
  return { use: 'questions', id, ...(digest ? { version: digest } : {}), ...(device ? { device } : {}) };
}
