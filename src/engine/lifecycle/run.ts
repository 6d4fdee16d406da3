import { basename, dirname, extname, join, resolve } from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { moneyOf, summaryOf, type RunRecord, type RunSummary } from '../../core/run.ts';
import type { RunEvent, ToldEvent } from '../../core/run-event.ts';
import { withoutSecrets } from '../../core/secrets.ts';
import { farPlaces } from '../../llm/server-address.ts';
import { checkInputFile } from '../../media/input-file.ts';
import { EventLog } from '../../store/event-log.ts';
import { markOf } from '../../store/own-mark.ts';
import { runFiles } from '../../store/run-files.ts';
import { RunFolder } from '../../store/run-folder.ts';
import { openRunLog } from '../../store/run-log.ts';
import { identifySource } from '../../store/source-identity.ts';
import { TraceWriter } from '../../store/trace.ts';
import { prepareFile } from '../../store/write-file.ts';
import { limitedSignal } from './run-limits.ts';
import { RunJournal } from './journal.ts';
import { planStages, removeStale, runningStages, type StagePlan } from './stages.ts';
import { Teller } from './teller.ts';
import type { OpenRun, PreparedRun, PrepareOrder, RunnableWorkflow, RunResults, RunSettings } from './workflow.ts';
import { defined } from '../../core/defined.ts';

/** Where a video's results go unless told otherwise: `talk.framesift` beside `talk.mp4`. */
export function defaultFolder(video: string, { folderSuffix }: Pick<RunnableWorkflow, 'folderSuffix'>): string {
  return join(dirname(video), `${basename(video, extname(video))}${folderSuffix}`);
}

export interface RunOrder {
  readonly workflow: RunnableWorkflow;
  readonly video: string;
  /** The workflow's options, unchecked. */
  readonly input: unknown;
  readonly settings?: RunSettings;
  /** Told everything as it happens. */
  readonly onEvent?: (event: ToldEvent) => void;
}

/**
 * The life of a run, the same for every workflow: identify the video, open and lock the folder, find what is done, do the
 * rest, conclude, report, finish. A run that was ended early is continued by the same call, with the same results as if
 * it had not been; one that is finished is done at once.
 *
 * @returns what came of it; `incomplete` where some of it failed and can be tried again
 * @throws FramesiftError with a code of `exitCodes`, or the signal's reason
 */
export async function runLifecycle(order: RunOrder): Promise<RunSummary> {
  const { workflow, video, input, settings = {} } = order;
  const { signal = new AbortController().signal } = settings;
  signal.throwIfAborted();
  workflow.check(input);
  await checkInputFile(video);
  const { trace } = settings;
  // What cannot be written at the end is said before anything is done.
  if (typeof trace === 'string') await prepareFile(trace, 'Name another file with --trace.');
  const source = await identifySource(video);
  const teller = new Teller(order.onEvent ?? (() => {}));
  try {
    return await openAndLive(order, source, teller, signal);
  } catch (error) {
    // What was noticed on the way may say why.
    teller.tellEarly();
    throw error;
  }
}

async function openAndLive(
  order: RunOrder,
  source: RunRecord['source'],
  teller: Teller,
  signal: AbortSignal,
): Promise<RunSummary> {
  const { workflow, video, input, settings = {} } = order;
  const asked: PrepareOrder = { video, source, settings, signal, tell: teller.tell, warn: teller.warn };
  await using prepared = await workflow.prepare(input, asked);
  const path = resolve(settings.output ?? defaultFolder(video, workflow));
  const force = settings.force ?? false;
  await using folder = await RunFolder.open(path, { source, workflow: workflow.id }, { replace: force });
  const plan = await planStages(prepared.stages, folder.earlier, path, force, (id) => stageFiles(prepared, id));
  if (plan.done && folder.earlier && isOver(folder.earlier)) {
    const summary = summaryOf(folder.earlier, path, folder.file(runFiles.report), true);
    teller.tellUnwritten({ type: 'finished', summary });
    return summary;
  }
  await removeStale(folder, plan);
  return await new Life(order, prepared, folder, plan, teller, signal).live(source);
}

const isOver = ({ state }: RunRecord): boolean => state === 'finished' || state === 'incomplete';

/** What a run found, with what an earlier one had found in stages that stay and were not planned this time. */
function withOthers(
  results: RunResults,
  others: RunRecord | undefined,
): RunResults & { figures: RunRecord['figures'] } {
  const { figures = {}, counts, cost, metrics } = results;
  if (!others) return { ...results, figures, cost: withMoney(cost) };
  return {
    ...results,
    counts: { ...others.counts, ...counts },
    figures: { ...others.figures, ...figures },
    cost: withMoney({
      ...cost,
      modelCalls: cost.modelCalls + others.cost.modelCalls,
      tokensIn: cost.tokensIn + others.cost.tokensIn,
      tokensOut: cost.tokensOut + others.cost.tokensOut,
    }),
    ...defined({ metrics: metrics ?? others.metrics }),
  };
}

const withMoney = (cost: RunResults['cost']): RunResults['cost'] => ({ ...cost, ...defined({ money: moneyOf(cost) }) });

/** The definitions of stages that stay, below those of this run. */
const merged = (before: unknown, now: unknown): unknown =>
  typeof before === 'object' && typeof now === 'object' ? { ...before, ...now } : now;

/** What of the frames that models were shown has left this machine, in this part of the run or before. */
function sentFrames(
  { model, context }: RunRecord['options'],
  shown: readonly number[],
  before: RunRecord['sent'],
): RunRecord['sent'] {
  const to = [model, context].flatMap((spec) => farPlaces(spec));
  if (to.length === 0 || shown.length === 0) return before;
  const all = new Set([...(before?.frames ?? []), ...shown]);
  return { to: [...new Set([...(before?.to ?? []), ...to])], frames: [...all].toSorted((a, b) => a - b) };
}

/** Files of a stage that an earlier run had and this one does not plan. */
function stageFiles(prepared: PreparedRun, id: string): readonly string[] {
  return prepared.otherStages?.[id] ?? [];
}

/** One run from its first file to its last. */
class Life {
  readonly #order: RunOrder;
  readonly #prepared: PreparedRun;
  readonly #folder: RunFolder;
  readonly #plan: StagePlan;
  readonly #teller: Teller;
  #signal: AbortSignal;

  constructor(
    order: RunOrder,
    prepared: PreparedRun,
    folder: RunFolder,
    plan: StagePlan,
    teller: Teller,
    signal: AbortSignal,
  ) {
    this.#order = order;
    this.#prepared = prepared;
    this.#folder = folder;
    this.#plan = plan;
    this.#teller = teller;
    this.#signal = signal;
  }

  async live(source: RunRecord['source']): Promise<RunSummary> {
    const { settings = {} } = this.#order;
    const folder = this.#folder;
    using journal = new RunJournal();
    using limited = limitedSignal(this.#signal, folder.path, this.#prepared.options);
    this.#signal = limited.signal;
    await using open = new AsyncDisposableStack();
    const log = open.use(openRunLog(folder.file(runFiles.log), settings.logLevel ?? 'info'));
    let events: EventLog | undefined;
    try {
      const trace = this.#openTrace();
      if (trace) open.use(trace);
      const run = this.#openRun(source, journal, trace);
      const { video, models } = await this.#prepared.open(run);
      events = open.use(await EventLog.open(folder.path, this.#plan.continues));
      await journal.begin(folder, await this.#beginning(source, video, models));
      this.#teller.begin(events, log, this.#started(video, models));
      const opening = journal.stage('open');
      const results = await this.#prepared.work(run);
      const record = await this.#finish(journal, run, results, opening);
      const summary = summaryOf(record, folder.path, folder.file(runFiles.report), false);
      this.#teller.tell({ type: 'finished', summary });
      await events.flush();
      return summary;
    } catch (error) {
      log.error({ err: error }, messageOf(error));
      const { state, code, message } = await journal.fail(error, this.#signal);
      if (events) this.#teller.tell({ type: 'ended', state, error: { code, message } });
      const unseen = error instanceof FramesiftError && error.code === 'media';
      // Where nothing could begin, or nothing of the video be seen, no folder is left to wonder about.
      if (!journal.begun || unseen) folder.leaveNothing();
      throw error;
    } finally {
      await journal.close();
    }
  }

  async #finish(
    journal: RunJournal,
    run: OpenRun,
    results: RunResults,
    opening: RunRecord['timings'][number],
  ): Promise<RunRecord> {
    const since = performance.now();
    const { decode, timings, counts, figures, cost, metrics, shown = [] } = withOthers(results, this.#plan.others);
    const sent = sentFrames(this.#prepared.options, shown, this.#folder.earlier?.sent);
    for (const message of results.warnings) this.#teller.warn(message);
    const found = {
      decode,
      counts,
      figures,
      cost: { ...cost, ...journal.spent(decode) },
      ...defined({ metrics, sent }),
      warnings: this.#teller.warnings,
    };
    run.tell({ type: 'progress', stage: 'report', seconds: decode.endSeconds, ofSeconds: decode.endSeconds });
    await this.#prepared.report(journal.ended({ ...found, timings: [...timings, opening] }), run);
    const whole = { ...found, timings: [...timings, opening, journal.stage('report', since)] };
    const record = journal.ended({ ...whole, cost: { ...cost, ...journal.spent(decode) } });
    await journal.finish(record);
    return record;
  }

  #openTrace(): TraceWriter | undefined {
    const { trace } = this.#order.settings ?? {};
    if (trace === undefined || trace === false) return undefined;
    return new TraceWriter(trace === true ? this.#folder.file(runFiles.trace) : trace);
  }

  #openRun(source: RunRecord['source'], journal: RunJournal, trace: TraceWriter | undefined): OpenRun {
    const { tell, warn } = this.#teller;
    return {
      video: this.#order.video,
      source,
      folder: this.#folder,
      settings: this.#order.settings ?? {},
      signal: this.#signal,
      stage: runningStages(this.#plan.records, journal, tell),
      tell,
      warn,
      trace: trace && ((activity) => trace.add(activity)),
    };
  }

  async #beginning(
    source: RunRecord['source'],
    video: RunRecord['video'],
    models: RunRecord['models'],
  ): Promise<Parameters<RunJournal['begin']>[1]> {
    const { id, version } = this.#order.workflow;
    // Addresses may hold keys: what is written down has none.
    const { options, definition } = withoutSecrets({
      options: this.#prepared.options,
      definition: this.#prepared.definition,
    });
    const { others } = this.#plan;
    const { decode, counts, figures } = this.#plan.continues ? (this.#folder.earlier ?? {}) : {};
    const mark = await markOf(this.#folder.path, { options, workflow: { id } });
    const found = defined({ decode, counts, figures, mark });
    const workflow = { id, version, definition: merged(others?.workflow.definition, definition) };
    const used = [...models, ...(others?.models ?? []).filter((one) => !models.some(({ use }) => use === one.use))];
    return { workflow, source, video, options, models: used, stages: this.#plan.records, ...found };
  }

  #started(video: RunRecord['video'], models: RunRecord['models']): RunEvent {
    const { id, version } = this.#order.workflow;
    const stages = this.#prepared.stages.map((stage) => stage.id);
    const resumed = this.#plan.continues;
    return { type: 'started', folder: this.#folder.path, workflow: { id, version }, video, models, stages, resumed };
  }
}
