import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { BatchEvent, BatchRecord, BatchSettings, Job, JobKind, JobRecord } from '../../core/batch.ts';
import { FramesiftError } from '../../core/errors.ts';
import { runBatch } from '../../engine/batch/run-batch.ts';
import { BatchFolder, batchFile } from '../../store/batch-folder.ts';
import { readRecord } from '../../store/run-folder.ts';
import { parseDriverFaceOptions } from '../driver-face-options.ts';
import { parseDriverOptions } from '../driver-options.ts';
import type { LogLevel } from '../log.ts';
import { parseSlidesOptions } from '../slides-options.ts';
import { version } from '../version.ts';
import { runFoldersOf } from './folders.ts';
import { JobHosts } from './job-hosts.ts';
import { MemoryBudget, freeMemoryMb } from './memory.ts';

export interface BatchOptions {
  readonly kind: JobKind;
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
  const { kind, options, settings, force = false, signal = new AbortController().signal } = batch;
  signal.throwIfAborted();
  checkOptions(kind, options);
  const output = resolve(batch.output ?? defaultBatchFolder);
  await using folder = await BatchFolder.open(output, batchFile(settings.shard));
  const videos = batch.listed ? batch.videos : chosen(batch.videos, settings);
  const { jobs, records } = await planJobs(videos, batch, folder, force);
  const begun = Date.now();
  const cores = availableParallelism();
  const asking = kind === 'questions';
  const wanted = settings.jobs === 'auto' ? Math.max(cores, asking ? askingAtOnce : 1) : settings.jobs;
  const atOnce = Math.max(1, Math.min(wanted, jobs.length));
  const threads = settings.threads ?? Math.max(1, Math.floor(cores / atOnce));
  // A share of one core is no order to leave others idle, where the last videos of a batch run.
  const inTurn = settings.threads === 1;
  const orders = { options, threads, inTurn, force, logLevel: batch.logLevel ?? 'info' };
  // What is asked of one server goes through one process, where its slots are shared.
  await using hosts = new JobHosts(asking ? atOnce : 1, orders);
  const memory = new MemoryBudget(settings.memoryMb ?? freeMemoryMb() * memoryShare);
  let running = 0;
  using _ = memory.watch(() => running);
  let record: BatchRecord = {
    framesift: version,
    kind,
    options,
    settings,
    state: 'running',
    started: new Date(begun).toISOString(),
    jobs: records,
  };
  const save = (more: Partial<BatchRecord>): void => folder.save((record = { ...record, ...more }));
  save({});
  yield { type: 'batch', folder: output, jobs: records, atOnce };
  const pass = runBatch({
    jobs,
    records,
    atOnce,
    failFast: settings.failFast ?? false,
    run: (job, about) => {
      running += 1;
      return hosts.run(job, about).finally(() => (running -= 1));
    },
    memory,
    save: (jobs) => save({ jobs: [...jobs] }),
    signal,
  });
  const elapsed = (): number => Math.round((Date.now() - begun) / 100) / 10;
  let ended: readonly JobRecord[] = records;
  try {
    ended = yield* pass;
  } finally {
    const whole = ended.every(({ state }) => state === 'finished' || state === 'failed') && ended !== records;
    const state = whole || jobs.length === 0 ? 'finished' : 'interrupted';
    const peakMemoryMb = Math.round(memory.peakMb);
    save({ state, finished: new Date().toISOString(), elapsedSeconds: elapsed(), peakMemoryMb });
  }
  await folder.saved();
  signal.throwIfAborted();
  const peakMemoryMb = Math.round(memory.peakMb);
  yield { type: 'finished', summary: { folder: output, jobs: ended, elapsedSeconds: elapsed(), peakMemoryMb } };
}

/** What is wrong with the options is wrong for every video: said once, before anything begins. */
function checkOptions(kind: JobKind, options: Readonly<Record<string, unknown>>): void {
  const parse = { slides: parseSlidesOptions, questions: parseDriverOptions, 'driver-face': parseDriverFaceOptions };
  parse[kind](options);
}

/** The shard's part of the list, then the first `limit` of it. Every other video goes to another shard, so that long neighbours are dealt out. */
function chosen(videos: readonly string[], { shard, limit }: BatchSettings): readonly string[] {
  const part = shard ? videos.filter((_, index) => index % shard.of === shard.part - 1) : videos;
  return limit === undefined ? part : part.slice(0, limit);
}

async function planJobs(
  videos: readonly string[],
  { kind, options, videos: all }: BatchOptions,
  folder: BatchFolder,
  force: boolean,
): Promise<{ jobs: Job[]; records: JobRecord[] }> {
  const { earlier } = folder;
  if (earlier && earlier.kind !== kind) {
    throw new FramesiftError(
      'output',
      `${folder.path}: holds a batch of another kind (${earlier.kind}). Choose another folder with -o.`,
    );
  }
  const known = new Map(earlier?.jobs.map((job) => [job.video, job]) ?? []);
  const taken = new Map([...known].map(([video, job]) => [video, job.folder]));
  const names = new Map(runFoldersOf(all, taken).map((name, index) => [all[index]!, name]));
  const same = earlier?.kind === kind && JSON.stringify(earlier.options) === JSON.stringify(options) && !force;
  const jobs: Job[] = [];
  const records: JobRecord[] = [];
  for (const video of videos) {
    const name = names.get(video)!;
    const bytes = (await stat(video).catch(() => undefined))?.size ?? 0;
    const before = known.get(video);
    const done = same && before?.state === 'finished' && before.bytes === bytes;
    const run = done ? await readRecord(join(folder.path, name)) : undefined;
    jobs.push({ kind, video, folder: join(folder.path, name), bytes });
    if (run?.state === 'finished') records.push({ ...before!, alreadyDone: true });
    else records.push({ video, folder: name, bytes, state: 'waiting', attempts: 0 });
  }
  // What an earlier call worked on stays in the list.
  for (const [video, record] of known) {
    if (videos.includes(video)) continue;
    jobs.push({ kind, video, folder: join(folder.path, record.folder), bytes: record.bytes });
    records.push(record.state === 'finished' ? record : { ...record, state: 'waiting' });
  }
  return { jobs, records };
}

/** @throws FramesiftError `usage` for what is no part of a whole, such as `9/8` */
export function parseShard(text: string): { part: number; of: number } {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(text.trim())?.map(Number) ?? [];
  if (!part || !of || part > of) {
    throw new FramesiftError('usage', `--shard: ${text} is no part of a whole. Write 2/8 for the second of eight.`);
  }
  return { part, of };
}

/** MiB of `2G`, `1500M` or a number of MiB. @throws FramesiftError `usage` */
export function parseMemory(text: string): number {
  const [, amount, unit = 'M'] = /^(\d+(?:\.\d+)?)\s*([KMGT])?i?B?$/i.exec(text.trim()) ?? [];
  const megabytes = Number(amount) * { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2 }[unit.toUpperCase()]!;
  if (!(megabytes >= 1)) throw new FramesiftError('usage', `--memory: ${text} is no amount. Write 4G or 1500M.`);
  return megabytes;
}
