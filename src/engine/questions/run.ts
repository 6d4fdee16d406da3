import type { Event } from '../../core/event.ts';
import { observationId, type Answered, type Observation } from '../../core/observation.ts';
import type { FrameSource } from '../../core/video.ts';
import type { Workflow } from '../../core/workflow.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import { defined } from '../../core/defined.ts';
import { parallel } from '../../stream/parallel.ts';
import { prefetch } from '../../stream/prefetch.ts';
import type { Calm, ReuseSimilar } from './adaptive.ts';
import { WindowAsker } from './asker.ts';
import { Conclusions } from './conclude.ts';
import { EarlierAnswers, inOrder } from './earlier.ts';
import type { EncodeOptions } from './encode.ts';
import { kindOf, type Aim, type ChosenPlan, type Plan, type QuestionsEvent, type WindowRecord } from './events.ts';
import { FailureWatch } from './failure-watch.ts';
import { MetricsCollector, type RunMetrics } from './metrics.ts';
import { OneKind, type DoneWindow } from './one-kind.ts';
import { fixedPlan, MeasuredPlan, type PlanPicker } from './plan-choice.ts';
import type { QuestionsStore } from './store.ts';
import { chooseWindows, prepare, type PreparedTask, type TaskOptions } from './tasks.ts';

export interface QuestionsOptions {
  readonly plan: Plan | 'auto';
  readonly aim: Aim;
  /** Default: on for the aim `latency`. */
  readonly speculate?: boolean;
  /** Of guesses so many must hold lately, 0–1. Default 0.5. */
  readonly speculateShare?: number;
  readonly similar?: ReuseSimilar;
  readonly calm?: Calm;
  readonly encode: EncodeOptions;
  /** Nothing before and nothing from these times on, seconds. */
  readonly fromSeconds?: number;
  readonly untilSeconds?: number;
}

export interface QuestionsResult {
  readonly events: readonly Event[];
  readonly metrics: RunMetrics;
}

/**
 * Asks a workflow's questions about a video: decode → choose → encode → ask → keep, all at once, each stage bounded,
 * so that a slow server slows decoding and memory does not grow with the video. Continues where the store's earlier
 * run stopped; what was answered is not asked again.
 *
 * Everything passed in is borrowed. Throws FramesiftError of the stages, and the signal's reason.
 */
export async function askQuestions(
  source: FrameSource,
  workflow: Workflow,
  model: VisionLanguageModel,
  store: QuestionsStore,
  options: QuestionsOptions & { readonly signal: AbortSignal; readonly emit: (event: QuestionsEvent) => void },
): Promise<QuestionsResult> {
  const run = new QuestionsRun(source, workflow, model, store, options);
  return run.run();
}

type RunOptions = Parameters<typeof askQuestions>[4];

class QuestionsRun {
  readonly #source: FrameSource;
  readonly #workflow: Workflow;
  readonly #model: VisionLanguageModel;
  readonly #store: QuestionsStore;
  readonly #options: RunOptions;
  readonly #metrics: MetricsCollector;
  readonly #picker: PlanPicker;
  readonly #earlier: EarlierAnswers;
  readonly #asker: WindowAsker;
  readonly #speculate: boolean;
  readonly #oneKind: OneKind;
  #chosen: ChosenPlan | undefined;
  /** How often the number of questions at once has changed. */
  #changes = 0;

  constructor(
    source: FrameSource,
    workflow: Workflow,
    model: VisionLanguageModel,
    store: QuestionsStore,
    options: RunOptions,
  ) {
    this.#source = source;
    this.#workflow = workflow;
    this.#model = model;
    this.#store = store;
    this.#options = options;
    this.#metrics = new MetricsCollector(model);
    this.#speculate = options.speculate ?? options.aim === 'latency';
    this.#chosen = options.plan === 'auto' ? store.earlier.planChoice : undefined;
    this.#picker = pickerFor(source, workflow, options, this.#chosen);
    this.#earlier = new EarlierAnswers(store.earlier, workflow, this.#picker.kind);
    this.#asker = new WindowAsker({
      workflow,
      model,
      speculate: this.#speculate,
      ...defined({ speculateShare: options.speculateShare }),
      keep: (observation) => store.keepObservation(observation),
      emit: this.#tell,
    });
    this.#oneKind = new OneKind({
      kind: () => this.#picker.kind,
      askAgain: (done) => this.#askAgain(done),
      takeAgain: (task, answers) => this.#takeOver(task, answers, noObservations),
    });
  }

  async run(): Promise<QuestionsResult> {
    const { signal, aim } = this.#options;
    const conclusions = new Conclusions(this.#workflow.events);
    const conclude = (all: Iterable<readonly Observation[]>): void => {
      for (const observations of all) for (const one of observations) conclusions.add(one);
    };
    for (const decision of this.#store.earlier.decisions) {
      if (this.#earlier.isOutside(decision.window)) this.#metrics.decision(decision);
    }
    conclude(this.#earlier.outside('before'));
    const tasks = this.#taskOptions();
    // Two at a time: while one window waits for its pictures to be stored, the next is encoded.
    const chosen = chooseWindows(this.#source, tasks);
    const prepared = parallel(chosen, (task) => prepare(task, tasks), { limit: 2, signal });
    using _ = this.#model.onConcurrency(() => {
      this.#changes += 1;
      this.#metrics.concurrency(this.#model.concurrency);
    });
    // Windows that only wait for the answers of another one must not take the place of one that is asked.
    const perAsked = 1 + (this.#options.similar?.maxInARow ?? 0);
    const limit = () => perAsked * windowsAtOnce(this.#model.concurrency, this.#workflow, aim, this.#speculate);
    const failures = new FailureWatch();
    const onLimit = (look: () => void) => this.#model.onConcurrency(look);
    const work = (task: PreparedTask, within: AbortSignal) => this.#work(task, within);
    for await (const done of parallel(prefetch(prepared, 2), work, { limit, onLimit, signal })) {
      failures.see(done.record);
      this.#tellWindow(done.record);
      conclude((await this.#oneKind.take(done)).map(({ observations }) => observations));
    }
    await this.#choose(this.#picker.settle());
    conclude((await this.#oneKind.rest()).map(({ observations }) => observations));
    conclude(this.#earlier.outside('after'));
    const metrics = this.#metrics.summary({ speculation: this.#asker.speculation, plan: this.#chosen });
    return { events: conclusions.events(), metrics };
  }

  #taskOptions(): TaskOptions {
    const { plan: _plan, aim: _aim, speculate: _speculate, emit: _emit, ...options } = this.#options;
    return {
      ...options,
      workflow: this.#workflow,
      store: this.#store,
      earlier: this.#earlier,
      keepPictures: this.#picker.kind === undefined,
      onDecision: (decision) => this.#metrics.decision(decision),
      tell: this.#tell,
    };
  }

  readonly #tell = (event: QuestionsEvent): void => {
    if (event.type === 'observation') this.#metrics.observation(event.observation, event.spent);
    if (event.type === 'activity' && event.activity.stage === 'ask')
      this.#metrics.asking(event.activity.startMs, event.activity.endMs);
    this.#options.emit(event);
  };

  #tellWindow(record: WindowRecord): void {
    this.#metrics.window(record);
    this.#tell({ type: 'window', record });
  }

  async #work(task: PreparedTask, within: AbortSignal): Promise<DoneWindow> {
    const before = this.#changes;
    let record: WindowRecord;
    if (task.from) record = await this.#takeOver(task, await task.from.answers, this.#earlier.known(task.window));
    else if (task.encoded) {
      const plan = this.#picker.next();
      const known = this.#earlier.knownFor(task.window, plan);
      record = await this.#asker.ask(task.encoded, plan, known, within, this.#earlier.all(task.window));
    } else record = knownRecord(task, this.#earlier.known(task.window), this.#workflow);
    task.record.resolve(record.observations);
    await this.#choose(this.#picker.report(record, this.#changes !== before));
    return { task, record };
  }

  async #choose(choice: ChosenPlan | undefined): Promise<void> {
    if (!choice) return;
    this.#chosen = choice;
    await this.#store.keepPlanChoice(choice);
    this.#tell({ type: 'plan', ...choice });
  }

  async #askAgain({ task, record }: DoneWindow): Promise<WindowRecord> {
    const replaced = new Map(record.observations.map((one) => [one.question, one]));
    const plan = this.#picker.next();
    const again = await this.#asker.ask(task.encoded!, plan, noObservations, this.#options.signal, replaced);
    this.#tellWindow(again);
    return again;
  }

  /** The answers of another window as this one's. */
  async #takeOver(
    task: PreparedTask,
    answers: readonly Observation[],
    known: ReadonlyMap<string, Observation>,
  ): Promise<WindowRecord> {
    const taken = new Map(known);
    for (const original of answers) {
      if (original.state !== 'answered' || taken.has(original.question)) continue;
      const frames = task.encoded?.frames ?? [];
      const observation: Answered = {
        ...original,
        id: observationId(task.window, original.question),
        window: task.window,
        span: task.span,
        frames: frames.slice(-original.frames.length),
        source: 'similar',
        takenFrom: original.id,
        cost: { queueMs: 0, firstTokenMs: 0, answerMs: 0, attempts: 0 },
      };
      taken.set(observation.question, observation);
      await this.#store.keepObservation(observation);
      this.#tell({ type: 'observation', observation });
    }
    return knownRecord(task, taken, this.#workflow);
  }
}

/** Trying `combined` costs a few windows that are asked twice: it must have enough of them to pay for that. */
const minWindowsForCombined = 60;

function pickerFor(
  { info }: FrameSource,
  { sample }: Workflow,
  { plan, aim, fromSeconds = 0, untilSeconds = Infinity }: RunOptions,
  picked: ChosenPlan | undefined,
): PlanPicker {
  if (plan !== 'auto') return fixedPlan(plan);
  // A combined prompt is not left again: it would change what the model reads.
  if (picked && kindOf(picked.plan) === 'combined') return fixedPlan(picked.plan);
  const seconds = Math.min(info.durationSeconds ?? Infinity, untilSeconds) - fromSeconds;
  return new MeasuredPlan(aim, { combined: seconds / sample.everySeconds >= minWindowsForCombined, picked });
}

const noObservations: ReadonlyMap<string, Observation> = new Map();

/**
 * Windows under way at once. For throughput a few more than there are slots, so that a slot never waits for a window;
 * for latency only as many as have a slot for each question that is asked at once.
 */
function windowsAtOnce(concurrency: number, { questions }: Workflow, aim: Aim, speculate: boolean): number {
  if (aim === 'throughput') return concurrency + 2;
  const atOnce = speculate ? questions : questions.filter(({ needs }) => needs.length === 0);
  return Math.max(1, Math.floor(concurrency / atOnce.length));
}

const knownRecord = (
  task: PreparedTask,
  known: ReadonlyMap<string, Observation>,
  workflow: Workflow,
): WindowRecord => ({
  window: task.window,
  span: task.span,
  plan: 'lanes',
  observations: inOrder(known, workflow),
  asked: [],
  latencyMs: 0,
  idle: true,
});
