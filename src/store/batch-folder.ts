import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchRecord } from '../core/batch.ts';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
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
        await writeWhole(this.#file, `${JSON.stringify(record, undefined, 2)}\n`);
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
    if (systemCodeOf(error) === 'ENOTDIR') throw new FramesiftError('input', `${folder}: is no folder.`);
    throw outputError(folder, error);
  }
  const files = names.filter((name) => /^batch(\.\d+-of-\d+)?\.json$/.test(name)).toSorted();
  const read = await Promise.all(files.map(async (file) => ({ file, record: await readBatch(join(folder, file)) })));
  return read.flatMap(({ file, record }) => (record ? [{ file, record }] : []));
}

/** @returns undefined where there is none, or one that was not written by this program */
async function readBatch(path: string): Promise<BatchRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isBatch(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isBatch(value: unknown): value is BatchRecord {
  return typeof value === 'object' && value !== null && 'jobs' in value && Array.isArray(value.jobs) && 'kind' in value;
}
