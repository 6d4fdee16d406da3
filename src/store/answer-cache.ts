import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redactedJson } from '../core/secrets.ts';
import { writeThenRename } from '../core/whole-file.ts';

/**
 * Answers by the hash of all that can change them, one small file each. Any number of processes may share a folder:
 * a file is written beside its place and renamed, so a reader sees a whole answer or none; two that write the same
 * key write the same answer. Bounded by bytes: what was not used for longest goes first.
 */
export class AnswerCacheFolder {
  readonly #folder: string;
  readonly #maxBytes: number;
  #written: number;
  #sweeping: Promise<void> | undefined;

  constructor(folder: string, options: { readonly maxBytes?: number } = {}) {
    this.#folder = folder;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    // The first write looks how full the folder is; afterwards one look for each sixteenth written.
    this.#written = this.#maxBytes;
  }

  /** The value, or undefined where there is none or it cannot be read. */
  async get(key: string): Promise<unknown> {
    const path = this.#pathOf(key);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
    try {
      const value: unknown = JSON.parse(text);
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return value;
    } catch {
      // Damaged from outside: out of the way, so that it is asked and written again.
      await rm(path, { force: true });
      return undefined;
    }
  }

  async set(key: string, value: unknown): Promise<void> {
    const path = this.#pathOf(key);
    const text = redactedJson(value);
    await mkdir(join(path, '..'), { recursive: true });
    await writeThenRename(path, (unfinished) => writeFile(unfinished, text));
    this.#written += text.length;
    if (this.#written * 16 < this.#maxBytes || this.#sweeping) return;
    this.#written = 0;
    this.#sweeping = this.#sweep().finally(() => (this.#sweeping = undefined));
    await this.#sweeping;
  }

  #pathOf(key: string): string {
    if (!/^[0-9a-f]{16,}$/.test(key)) throw new RangeError(`not a hash: ${key}`);
    return join(this.#folder, key.slice(0, 2), `${key.slice(2)}.json`);
  }

  /** Removes the least recently used down to nine tenths of the bound, and parts that a killed process left. */
  async #sweep(): Promise<void> {
    const files: { path: string; bytes: number; used: number }[] = [];
    for (const entry of await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      // Another process may have removed it since.
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
      if (entry.name.endsWith('.part') && Date.now() - mtimeMs > 3_600_000) await rm(path, { force: true });
      else files.push({ path, bytes: size, used: mtimeMs });
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.#maxBytes) return;
    for (const { path, bytes } of files.sort((a, b) => a.used - b.used)) {
      if (total <= this.#maxBytes * 0.9) return;
      await rm(path, { force: true });
      total -= bytes;
    }
  }
}
