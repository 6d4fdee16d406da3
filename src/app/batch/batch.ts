import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  batchFormatVersion,
  type BatchEvent,
  type BatchRecord,
  type BatchSettings,
  type Job,
  type JobRecord,
  type WorkflowRef,
} from '../../core/batch.ts';
import { FramesiftError } from '../../core/errors.ts';
import { withoutSecrets } from '../../core/secrets.ts';
import { version } from '../../core/version.ts';
import { runBatch } from '../../engine/batch/run-batch.ts';
import { BatchFolder, batchFile } from '../../store/batch-folder.ts';
import { markOf } from '../../store/own-mark.ts';
import { liesWithin } from '../../store/own-file.ts';
import { readRecord } from '../../store/run-folder.ts';
import type { LogLevel } from '../../store/run-log.ts';
import { LocalAdapters } from '../adapters/local-adapters.ts';
import { findWorkflow } from '../registry.ts';
import { runFoldersOf } from '../../engine/batch/folders.ts';
import { dividedBudget } from './budget.ts';
import { JobHosts } from './job-hosts.ts';
import { freeMemoryMb, MemoryBudget } from '../../engine/batch/memory.ts';

/** What a batch works through, and how. */
export interface BatchOptions {
  /** What is done with each video. */
  readonly workflow: WorkflowRef;
  /** Absolute paths. */
  readonly videos: readonly string[];
  /** The options of every run, as they were given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The batch's folder. Default: `framesift-batch` in the current one. */
  readonly output?: string;
  readonly settings: BatchSettings;
  /** The videos are what a shard and a limit had left already, as when a batch is resumed. */
  readonly listed?: boolean;
  readonly force?: boolean;
  readonly logLevel?: LogLevel;
  readonly signal?: AbortSignal;
}

/** Where the results of a batch go unless told otherwise. */
export const defaultBatchFolder = 'framesift-batch';

/** Videos that wait for a model's server rather than for a core; as many keep its slots busy to the end of each. */
const askingAtOnce = 4;

/** Share of the free memory that a batch takes unless told otherwise. */
const memoryShare = 0.8;

/**
 * Runs one workflow over many videos, several at once, each into a folder of its own. Yields what happens; one video's
 * failure stops no other. Called again with the same folder it goes on where it was stopped.
 *
 * @throws FramesiftError with a code of `exitCodes`; the signal's reason when it is aborted
 */
export async function* analyzeBatch(batch: BatchOptions): AsyncGenerator<BatchEvent> {
  const { workflow, options, settings, force = false, signal = new AbortController().signal } = batch;
  signal.throwIfAborted();
  const asking = await checkOptions(workflow, options);
  const output = resolve(batch.output ?? defaultBatchFolder);
  await using folder = await BatchFolder.open(output, batchFile(settings.shard));
  const videos = batch.listed ? batch.videos : chosen(batch.videos, settings);
  const { jobs, records } = await planJobs(videos, batch, folder, force);
  const { concurrency, threads } = sharesOf(settings, jobs.length, asking);
  // A share of one core is no order to leave others idle, where the last videos of a batch run.
  const inTurn = settings.threads === 1;
  const orders = {
    options: dividedBudget(options, records),
    threads,
    inTurn,
    force,
    logLevel: batch.logLevel ?? 'info',
  };
  // What is asked of one server goes through one process, where its slots are shared.
  await using hosts = new JobHosts(asking ? concurrency : 1, orders);
  const memory = new MemoryBudget(settings.memoryMb ?? freeMemoryMb() * memoryShare);
  let running = 0;
  using _ = memory.watch(() => running);
  const book = new BatchBook(
    folder,
    { workflow, options, settings, mark: await markOf(output, { workflow, options: withoutSecrets(options) }) },
    records,
  );
  yield { type: 'batch-started', folder: output, jobs: records, concurrency };
  const pass = runBatch({
    jobs,
    records,
    concurrency,
    failFast: settings.failFast ?? false,
    run: (job, about) => {
      running += 1;
      return hosts.run(job, about).finally(() => (running -= 1));
    },
    memory,
    save: (now) => book.save({ jobs: [...now] }),
    signal,
  });
  let ended: readonly JobRecord[] = records;
  try {
    ended = yield* pass;
  } finally {
    const whole = ended.every(({ state }) => isOver(state)) && (ended !== records || jobs.length === 0);
    book.end(whole ? 'finished' : 'interrupted', memory.peakMb);
  }
  await folder.saved();
  signal.throwIfAborted();
  const { elapsedSeconds = 0, peakMemoryMb = 0 } = book.record;
  yield { type: 'batch-finished', summary: { folder: output, jobs: ended, elapsedSeconds, peakMemoryMb } };
}

const isOver = (state: JobRecord['state']): boolean => ['finished', 'incomplete', 'failed'].includes(state);

/** Keeps `batch.json` true while the batch goes on. */
class BatchBook {
  record: BatchRecord;
  readonly #folder: BatchFolder;
  readonly #begun = performance.now();

  constructor(
    folder: BatchFolder,
    what: Pick<BatchRecord, 'workflow' | 'options' | 'settings' | 'mark'>,
    jobs: readonly JobRecord[],
  ) {
    this.#folder = folder;
    const started = new Date().toISOString();
    this.record = { formatVersion: batchFormatVersion, framesift: version, ...what, state: 'running', started, jobs };
    this.save({});
  }

  save(more: Partial<BatchRecord>): void {
    this.#folder.save((this.record = { ...this.record, ...more }));
  }

  end(state: BatchRecord['state'], peakMb: number): void {
    const elapsedSeconds = Math.round((performance.now() - this.#begun) / 100) / 10;
    this.save({ state, finished: new Date().toISOString(), elapsedSeconds, peakMemoryMb: Math.round(peakMb) });
  }
}

/** Videos at once, and threads of each. */
function sharesOf(
  { jobs, threads }: BatchSettings,
  count: number,
  asking: boolean,
): { readonly concurrency: number; readonly threads: number } {
  const cores = availableParallelism();
  const wanted = jobs === 'auto' ? Math.max(cores, asking ? askingAtOnce : 1) : jobs;
  const concurrency = Math.max(1, Math.min(wanted, count));
  return { concurrency, threads: threads ?? Math.max(1, Math.floor(cores / concurrency)) };
}

/**
 * What is wrong with the options is wrong for every video: said once, before anything begins.
 *
 * @returns whether a model's server will be asked
 */
async function checkOptions(workflow: WorkflowRef, options: Readonly<Record<string, unknown>>): Promise<boolean> {
  await using adapters = new LocalAdapters();
  const found = await findWorkflow(workflow, adapters);
  found.check(options);
  return found.asks(options);
}

/** The shard's part of the list, then the first `limit` of it. Every other video goes to another shard, so that long neighbours are dealt out. */
function chosen(videos: readonly string[], { shard, limit }: BatchSettings): readonly string[] {
  const part = shard ? videos.filter((_, index) => index % shard.of === shard.part - 1) : videos;
  return limit === undefined ? part : part.slice(0, limit);
}

async function planJobs(
  videos: readonly string[],
  { workflow, options, videos: all }: BatchOptions,
  folder: BatchFolder,
  force: boolean,
): Promise<{ jobs: Job[]; records: JobRecord[] }> {
  const { earlier } = folder;
  const sameWorkflow = earlier?.workflow.id === workflow.id && earlier.workflow.file === workflow.file;
  if (earlier && !sameWorkflow) {
    throw new FramesiftError(
      'output',
      `${folder.path}: holds a batch of another workflow (${earlier.workflow.id}). Choose another folder with -o.`,
    );
  }
  for (const job of earlier?.jobs ?? []) {
    if (await liesWithin(folder.path, job.folder)) continue;
    throw new FramesiftError(
      'output',
      `${join(folder.path, job.folder)}: is a link to another place, and nothing is written there. Remove the link, or choose another folder with -o.`,
    );
  }
  const known = new Map(earlier?.jobs.map((job) => [job.video, job]) ?? []);
  const taken = new Map([...known].map(([video, job]) => [video, job.folder]));
  const names = new Map(runFoldersOf(all, taken).map((name, index) => [all[index]!, name]));
  const same = !force && isDeepStrictEqual(earlier?.options, withoutSecrets(options));
  const jobs: Job[] = [];
  const records: JobRecord[] = [];
  for (const video of videos) {
    const name = names.get(video)!;
    const bytes = (await stat(video).catch(() => undefined))?.size ?? 0;
    const before = known.get(video);
    const done = same && before?.state === 'finished' && before.bytes === bytes;
    const run = done ? await readRecord(join(folder.path, name)) : undefined;
    jobs.push({ name, workflow, video, folder: join(folder.path, name), bytes });
    if (run?.state === 'finished') records.push({ ...before!, alreadyDone: true });
    else records.push({ video, folder: name, bytes, state: 'waiting', attempts: 0 });
  }
  // What an earlier call worked on stays in the list.
  for (const [video, record] of known) {
    if (videos.includes(video)) continue;
    const { folder: name, bytes } = record;
    jobs.push({ name, workflow, video, folder: join(folder.path, name), bytes });
    records.push(record.state === 'finished' ? record : { ...record, state: 'waiting' });
  }
  return { jobs, records };
}

/** @throws FramesiftError `usage` for what is not a part of a whole, such as `9/8` */
export function parseShard(text: string): { part: number; of: number } {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(text.trim())?.map(Number) ?? [];
  if (!part || !of || part > of) {
    throw new FramesiftError('usage', `--shard: ${text} is not a part of a whole. Write 2/8 for the second of eight.`);
  }
  return { part, of };
}

/** MiB of `2G`, `1500M` or a number of MiB. @throws FramesiftError `usage` */
export function parseMemory(text: string): number {
  const [, amount, unit = 'M'] = /^(\d+(?:\.\d+)?)\s*([KMGT])?i?B?$/i.exec(text.trim()) ?? [];
  const megabytes = Number(amount) * { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2 }[unit.toUpperCase()]!;
  if (!(megabytes >= 1)) throw new FramesiftError('usage', `--memory: ${text} is not an amount. Write 4G or 1500M.`);
  return megabytes;
}
