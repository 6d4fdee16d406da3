import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import type { Decision, RunRecord } from '../core/run.ts';
import type { Slide } from '../core/slide.ts';
import { lockRun } from './run-lock.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

/** The files of a run. Every one is whole or absent, except the ledger and the log, which grow line by line. */
export const runFiles = {
  record: 'run.json',
  slides: 'slides.json',
  shown: 'shown.json',
  ledger: 'ledger.jsonl',
  report: 'report.html',
  log: 'run.log',
  lock: 'run.lock',
  images: 'slides',
  memory: 'memory',
} as const;

/** A run's folder on disk, held for this process while it is open. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;
  /** What an earlier run in this folder recorded, if there was one. */
  readonly earlier: RunRecord | undefined;
  readonly #lock: AsyncDisposable;
  #ledger: WriteStream | undefined;
  #ledgerError: unknown;
  /** The topmost folder that was made for this run. */
  readonly #made: string | undefined;
  #leavesNothing = false;

  private constructor(path: string, lock: AsyncDisposable, earlier: RunRecord | undefined, made: string | undefined) {
    this.#made = made;
    this.path = path;
    this.#lock = lock;
    this.earlier = earlier;
  }

  /**
   * Opens or makes the folder.
   *
   * @throws FramesiftError `output` when it belongs to another video, is held by another process or cannot be written
   */
  static async open(path: string, source: RunRecord['source']): Promise<RunFolder> {
    const earlier = await readRecord(path);
    if (earlier && earlier.source.identity !== source.identity) {
      throw new FramesiftError(
        'output',
        `${path}: holds the results of another video (${earlier.source.name}). Choose another folder with -o, or delete it.`,
      );
    }
    if (!earlier) await refuseForeignFolder(path);
    const made = await makeFolder(path);
    const lock = await lockRun(join(path, runFiles.lock));
    return new RunFolder(path, lock, earlier, made);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  writeRecord(record: RunRecord): Promise<void> {
    return writeWhole(this.file(runFiles.record), `${JSON.stringify(record, undefined, 2)}\n`);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return writeWhole(this.file(name), `${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** @returns the image's path relative to the folder */
  async writeImage(name: string, bytes: Uint8Array): Promise<string> {
    const image = `${runFiles.images}/${name}`;
    await makeFolder(this.file(runFiles.images));
    await writeWhole(this.file(image), bytes);
    return image;
  }

  /** Renames an image, for slides get their numbers when all of them are known. */
  async renameImage(from: string, to: string): Promise<string> {
    const image = `${runFiles.images}/${to}`;
    await rename(this.file(from), this.file(image)).catch((error: unknown) => {
      throw outputError(this.file(image), error);
    });
    return image;
  }

  writeSlide(slide: Slide): Promise<void> {
    return this.writeJson(slide.image.replace(/\.jpg$/, '.json'), slide);
  }

  /** Removes images and slide files that no slide of this run owns. */
  async removeStrayImages(owned: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.file(runFiles.images)).catch(() => [])) {
      const image = `${runFiles.images}/${name.replace(/\.json$/, '.jpg')}`;
      if (!owned.has(image)) await rm(this.file(`${runFiles.images}/${name}`), { force: true });
    }
  }

  /** @returns what `remember` stored under the key, or undefined */
  async recall(key: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#memory(key), 'utf8'));
    } catch {
      // Absent, or from a disk that lost it: it is found out again.
      return undefined;
    }
  }

  /** Keeps something that was costly to find out, for a run that continues this one. */
  async remember(key: string, value: unknown): Promise<void> {
    await makeFolder(this.file(runFiles.memory));
    await writeWhole(this.#memory(key), JSON.stringify(value));
  }

  /** Forgets what earlier runs found out, so that everything is done anew. */
  async forget(): Promise<void> {
    await rm(this.file(runFiles.memory), { recursive: true, force: true });
  }

  #memory(key: string): string {
    return this.file(`${runFiles.memory}/${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }

  /** Begins the ledger anew; it takes its name when it is closed, so that a whole one is never replaced by half of one. */
  async log(decisions: readonly Decision[]): Promise<void> {
    if (!this.#ledger) {
      this.#ledger = createWriteStream(this.file(`${runFiles.ledger}.part`));
      this.#ledger.on('error', (error) => (this.#ledgerError ??= error));
    }
    const lines = decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('');
    if (this.#ledgerError) throw outputError(this.file(runFiles.ledger), this.#ledgerError);
    if (!this.#ledger.write(lines)) await Promise.race([once(this.#ledger, 'drain'), once(this.#ledger, 'close')]);
  }

  async closeLedger(): Promise<void> {
    await this.log([]);
    this.#ledger!.end();
    if (!this.#ledger!.closed) await once(this.#ledger!, 'close').catch(() => {});
    if (this.#ledgerError) throw outputError(this.file(runFiles.ledger), this.#ledgerError);
    await rename(this.file(`${runFiles.ledger}.part`), this.file(runFiles.ledger));
    this.#ledger = undefined;
  }

  /** When it is closed, everything in it is removed, and itself: nothing came of this run. Not where one was before. */
  leaveNothing(): void {
    this.#leavesNothing = this.earlier === undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ledger?.destroy();
    if (this.#leavesNothing) await this.#clear();
    await this.#lock[Symbol.asyncDispose]();
    if (this.#leavesNothing && this.#made !== undefined) await removeEmpty(this.path, this.#made);
  }

  async #clear(): Promise<void> {
    const names = Object.values(runFiles).filter((name) => name !== runFiles.lock);
    for (const name of [...names, `${runFiles.ledger}.part`]) {
      await rm(this.file(name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Removes a folder and those above it, up to `top`, as far as they are empty. */
async function removeEmpty(path: string, top: string): Promise<void> {
  for (let folder = path; folder.length >= top.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      // Somebody else's files are in it.
      return;
    }
  }
}

/** @returns undefined where there is none, or one that was not written by this program */
export async function readRecord(folder: string): Promise<RunRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, runFiles.record), 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EACCES') throw outputError(folder, error);
    return undefined;
  }
}

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('state' in value)) return false;
  const { source } = value;
  return typeof source === 'object' && source !== null && 'identity' in source;
}

/** A folder with other people's files in it is not ours to write into. */
async function refuseForeignFolder(path: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw outputError(path, error);
  }
  // Left by a run that ended before it could write its record.
  const ours = new Set<string>(Object.values(runFiles));
  if (names.every((name) => ours.has(name) || name.endsWith('.part'))) return;
  throw new FramesiftError(
    'output',
    `${path}: is not empty and holds no run of framesift. Choose another folder with -o.`,
  );
}
