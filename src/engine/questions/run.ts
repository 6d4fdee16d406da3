import type { Event } from '../../core/event.ts';
import type { FrameRef } from '../../core/frame.ts';
import { observationId, type Answered, type Observation, type WindowDecision } from '../../core/observation.ts';
import type { Span } from '../../core/slide.ts';
import type { FrameSource } from '../../core/video.ts';
import type { Workflow } from '../../core/workflow.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import { parallel } from '../../stream/parallel.ts';
import { prefetch } from '../../stream/prefetch.ts';
import { WindowChooser, type Calm, type ReuseSimilar } from './adaptive.ts';
import { WindowAsker } from './asker.ts';
import { Conclusions } from './conclude.ts';
import { encodeWindow, type EncodedWindow, type EncodeOptions } from './encode.ts';
import type { Aim, Plan, QuestionsEvent, WindowRecord } from './events.ts';
import { FailureWatch } from './failure-watch.ts';
import { MetricsCollector, type RunMetrics } from './metrics.ts';
import { fixedPlan, MeasuredPlan } from './plan-choice.ts';
import { frameSpacing, windowsOf, type FrameWindow } from './windows.ts';

/** Where a run keeps what it finds; everything kept survives the process. */
export interface QuestionsStore {
  /** What an earlier, interrupted run of the same video and options left. */
  readonly earlier: {
    readonly decisions: readonly WindowDecision[];
    readonly observations: ReadonlyMap<number, ReadonlyMap<string, Observation>>;
  };
  keepWindow(index: number, jpegs: readonly Uint8Array[], times: readonly number[]): Promise<readonly FrameRef[]>;
  keepDecision(decision: WindowDecision): Promise<void>;
  keepObservation(observation: Observation): Promise<void>;
}

export interface QuestionsOptions {
  readonly plan: Plan | 'auto';
  readonly aim: Aim;
  /** Default: on for the aim `latency`. */
  readonly speculate?: boolean;
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
  const { emit, signal } = options;
  const metrics = new MetricsCollector();
  const tell = (event: QuestionsEvent) => {
    if (event.type === 'observation') metrics.observation(event.observation);
    if (event.type === 'activity' && event.activity.stage === 'ask')
      metrics.asking(event.activity.startMs, event.activity.endMs);
    emit(event);
  };
  const speculate = options.speculate ?? options.aim === 'latency';
  const asker = new WindowAsker({
    workflow,
    model,
    speculate,
    keep: (observation) => store.keepObservation(observation),
    emit: tell,
  });
  const choice = options.plan === 'auto' ? new MeasuredPlan(options.aim, 3) : fixedPlan(options.plan);
  let picked: { plan: Plan; reason: string } | undefined;

  const earlier = store.earlier.observations;
  const from = continuationOf(store, workflow);
  for (const decision of store.earlier.decisions) if (decision.window < from) count(metrics, decision);
  const conclusions = new Conclusions(workflow.events);
  for (const [window, observations] of [...earlier].sort(([a], [b]) => a - b)) {
    if (window < from) for (const one of inQuestionOrder(observations, workflow)) conclusions.add(one);
  }

  const windows = timedWindows(source, workflow, from, options, tell);
  const tasks = chooseWindows(windows, { workflow, store, options, metrics, tell });
  // Two at a time: while one window waits for its pictures to be stored, the next is encoded.
  const prepared = parallel(tasks, (task) => prepare(task, store, options.encode, tell), { limit: 2, signal });
  let changes = 0;
  using _ = model.onConcurrency(() => void (changes += 1));
  const work = async (task: PreparedTask, within: AbortSignal): Promise<WindowRecord> => {
    const before = changes;
    const known = earlier.get(task.window) ?? noObservations;
    let record: WindowRecord;
    if (task.from) record = await takeOver(task, await task.from, known, workflow, store, tell);
    else if (task.encoded) record = await asker.ask(task.encoded, choice.next(), known, within);
    else record = knownRecord(task, known, workflow);
    task.record.resolve(record.observations);
    const settled = choice.report(record, changes !== before);
    if (settled) tell({ type: 'plan', ...(picked = settled) });
    return record;
  };
  // Windows that only wait for the answers of another one must not take the place of one that is asked.
  const perAsked = 1 + (options.similar?.mostInARow ?? 0);
  const limit = () => perAsked * windowsAtOnce(model.concurrency, workflow, options.aim, speculate);
  const failures = new FailureWatch();
  const onLimit = (look: () => void) => model.onConcurrency(look);
  for await (const record of parallel(prefetch(prepared, 2), work, { limit, onLimit, signal })) {
    metrics.window(record);
    failures.see(record);
    for (const observation of record.observations) conclusions.add(observation);
    tell({ type: 'window', record });
  }
  return {
    events: conclusions.events(),
    metrics: metrics.summary({ concurrency: model.concurrency, speculation: asker.speculation, plan: picked }),
  };
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

/**
 * The window to continue from: the last one that was asked and is complete, with all before it complete. Decoding
 * begins there, because what is decided of later windows depends on it. 0 for a new run.
 */
function continuationOf({ earlier }: QuestionsStore, workflow: Workflow): number {
  let from = 0;
  for (const decision of [...earlier.decisions].sort((a, b) => a.window - b.window)) {
    const answers = earlier.observations.get(decision.window);
    const expected = decision.asked ? workflow.questions.length : 0;
    if ((answers?.size ?? 0) < expected) break;
    if (decision.asked) from = decision.window;
  }
  return from;
}

async function* timedWindows(
  source: FrameSource,
  { sample }: Workflow,
  from: number,
  options: QuestionsOptions & { readonly signal: AbortSignal },
  tell: (event: QuestionsEvent) => void,
): AsyncGenerator<FrameWindow, void, undefined> {
  const first = Math.floor((options.fromSeconds ?? 0) / sample.everySeconds);
  const sampler = {
    everySeconds: frameSpacing(sample),
    fromSeconds: Math.max(first, from) * sample.everySeconds,
    ...(options.untilSeconds === undefined ? {} : { untilSeconds: options.untilSeconds }),
  };
  let startMs = performance.now();
  for await (const window of windowsOf(source.frames(sampler, { signal: options.signal }), sample)) {
    const endMs = performance.now();
    tell({ type: 'activity', activity: { stage: 'decode', name: 'decode', window: window.index, startMs, endMs } });
    yield window;
    startMs = performance.now();
  }
}

/** A window on its way through the stages. */
interface WindowTask {
  readonly window: number;
  readonly span: Span;
  /** Its frames; undefined where everything about it is known already. */
  readonly frames: FrameWindow | undefined;
  /** What became of it, for windows that take its answers over. */
  readonly record: PromiseWithResolvers<readonly Observation[]>;
  /** Where its answers are taken from, where it is not asked itself. */
  readonly from: Promise<readonly Observation[]> | undefined;
  [Symbol.dispose](): void;
}

interface PreparedTask extends WindowTask {
  readonly encoded: EncodedWindow | undefined;
}

async function* chooseWindows(
  windows: AsyncIterable<FrameWindow>,
  run: {
    readonly workflow: Workflow;
    readonly store: QuestionsStore;
    readonly options: QuestionsOptions;
    readonly metrics: MetricsCollector;
    readonly tell: (event: QuestionsEvent) => void;
  },
): AsyncGenerator<WindowTask, void, undefined> {
  const { workflow, store } = run;
  const chooser = new WindowChooser(workflow.sample.adaptive, run.options.similar, run.options.calm);
  let last: Promise<readonly Observation[]> | undefined;
  for await (const window of windows) {
    let decision: WindowDecision;
    try {
      decision = await chooser.decide(window);
      count(run.metrics, decision);
      await store.keepDecision(decision);
    } catch (error) {
      window[Symbol.dispose]();
      throw error;
    }
    run.tell({ type: 'decision', decision });
    const similar = decision.rule === 'similar';
    if (!decision.asked && !similar) {
      window[Symbol.dispose]();
      continue;
    }
    const known = store.earlier.observations.get(window.index)?.size === workflow.questions.length;
    if (known) window[Symbol.dispose]();
    const record = Promise.withResolvers<readonly Observation[]>();
    // A run that ends early leaves it unsettled; nobody waits for it then.
    const task: WindowTask = {
      window: window.index,
      span: window.span,
      frames: known ? undefined : window,
      record,
      from: similar && !known ? last : undefined,
      [Symbol.dispose]: () => window[Symbol.dispose](),
    };
    if (decision.asked) last = record.promise;
    yield task;
  }
}

async function prepare(
  task: WindowTask,
  store: QuestionsStore,
  options: EncodeOptions,
  tell: (event: QuestionsEvent) => void,
): Promise<PreparedTask> {
  if (!task.frames) return { ...task, encoded: undefined };
  const startMs = performance.now();
  const encoded = await encodeWindow(task.frames, options, (...window) => store.keepWindow(...window));
  const activity = { stage: 'encode', name: 'encode', window: task.window, startMs, endMs: performance.now() } as const;
  tell({ type: 'activity', activity });
  return { ...task, encoded };
}

/** The answers of another window as this one's. */
async function takeOver(
  task: PreparedTask,
  answers: readonly Observation[],
  known: ReadonlyMap<string, Observation>,
  workflow: Workflow,
  store: QuestionsStore,
  tell: (event: QuestionsEvent) => void,
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
    await store.keepObservation(observation);
    tell({ type: 'observation', observation });
  }
  return knownRecord(task, taken, workflow);
}

const knownRecord = (task: WindowTask, known: ReadonlyMap<string, Observation>, workflow: Workflow): WindowRecord => ({
  window: task.window,
  span: task.span,
  plan: 'lanes',
  observations: inQuestionOrder(known, workflow),
  asked: [],
  latencyMs: 0,
  idle: true,
});

const inQuestionOrder = (observations: ReadonlyMap<string, Observation>, { questions }: Workflow): Observation[] =>
  questions.flatMap(({ id }) => observations.get(id) ?? []);

function count({ windows }: MetricsCollector, { asked, rule }: WindowDecision): void {
  windows.seen += 1;
  if (asked) windows.asked += 1;
  if (rule === 'still') windows.still += 1;
  if (rule === 'calm') windows.calm += 1;
  if (rule === 'similar') windows.similar += 1;
}
