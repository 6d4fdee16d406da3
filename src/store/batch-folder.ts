import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { batchFormatVersion, type BatchRecord } from '../core/batch.ts';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { redactedJson } from '../core/secrets.ts';
import { lockRun } from './run-lock.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

/** `batch.json`, or `batch.2-of-8.json` for a shard: several machines may work into one folder. */
export function batchFile(shard?: { readonly part: number; readonly of: number }): string {
  return shard ? `batch.${shard.part}-of-${shard.of}.json` : 'batch.json';
}

/** A batch's folder, held for this process while it is open. */
export class BatchFolder implements AsyncDisposable {
  readonly path: string;
  /** What an earlier batch of the same name recorded. */
  readonly earlier: BatchRecord | undefined;
  readonly #file: string;
  readonly #lock: AsyncDisposable;
  #next: BatchRecord | undefined;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(path: string, file: string, lock: AsyncDisposable, earlier: BatchRecord | undefined) {
    this.path = path;
    this.#file = file;
    this.#lock = lock;
    this.earlier = earlier;
  }

  /** @throws FramesiftError `output` when it is held by another process or cannot be written */
  static async open(path: string, file: string): Promise<BatchFolder> {
    await makeFolder(path);
    const lock = await lockRun(join(path, file.replace(/json$/, 'lock')));
    return new BatchFolder(path, join(path, file), lock, await readBatch(join(path, file)));
  }

  /** Has the record written; of several that come while one is being written, the last. */
  save(record: BatchRecord): void {
    this.#next = record;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** @throws FramesiftError `output` where what was saved could not be written */
  async saved(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  async #write(): Promise<void> {
    while (this.#next) {
      const record = this.#next;
      this.#next = undefined;
      try {
        await writeWhole(this.#file, `${redactedJson(record, 2)}\n`);
        this.#failure = undefined;
      } catch (error) {
        // The runs record themselves; the batch goes on and says so at its end.
        this.#failure = error instanceof Error ? error : new Error(String(error));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#lock[Symbol.asyncDispose]();
  }
}

/** The batches that a folder holds: one, or one for each shard. @throws FramesiftError `output` where it cannot be read */
export async function readBatches(folder: string): Promise<{ readonly file: string; readonly record: BatchRecord }[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') throw new FramesiftError('input', `${folder}: no such folder.`);
    if (systemCodeOf(error) === 'ENOTDIR') throw new FramesiftError('input', `${folder}: is not a folder.`);
    throw outputError(folder, error);
  }
  const files = names.filter((name) => /^batch(\.\d+-of-\d+)?\.json$/.test(name)).toSorted();
  const read = await Promise.all(files.map(async (file) => ({ file, record: await readBatch(join(folder, file)) })));
  return read.flatMap(({ file, record }) => (record ? [{ file, record }] : []));
}

const job = z.looseObject({
  video: z.string(),
  // A folder of results may come from somebody else: its runs lie within it.
  folder: z.string().refine((name) => !isAbsolute(name) && !name.split(/[\\/]/).includes('..'), 'leads outside'),
  bytes: z.number(),
  state: z.enum(['waiting', 'running', 'interrupted', 'failed', 'incomplete', 'finished']),
  attempts: z.number(),
});

const batchSchema = z.looseObject({
  formatVersion: z.literal(batchFormatVersion),
  framesift: z.string(),
  workflow: z.object({ id: z.string(), file: z.string().optional() }),
  options: z.record(z.string(), z.unknown()),
  mark: z.string().optional(),
  settings: z.looseObject({ jobs: z.union([z.int().min(1), z.literal('auto')]) }),
  state: z.enum(['running', 'interrupted', 'finished']),
  started: z.string(),
  jobs: z.array(job),
});

/**
 * @returns undefined where there is none
 * @throws FramesiftError `input` where it is damaged or was written in another form
 */
async function readBatch(path: string): Promise<BatchRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = batchSchema.safeParse(value);
  if (read.success) return value as BatchRecord;
  const [issue] = read.error.issues;
  const other = typeof value === 'object' && value !== null && 'framesift' in value && !('formatVersion' in value);
  const why = other ? 'was written by an older framesift' : `is damaged (${issue?.path.join('.')}: ${issue?.message})`;
  throw new FramesiftError('input', `${path}: ${why}. Delete it, or choose another folder with -o.`);
}
