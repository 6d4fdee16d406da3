import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile, readdir, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Decision } from '../core/run.ts';
import type { Slide } from '../core/slide.ts';
import { runFiles } from './run-files.ts';
import type { RunFolder } from './run-folder.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

/** What the `slides` stage writes into a run's folder. Every file is whole or absent. Borrows the folder. */
export class SlidesFolder implements AsyncDisposable {
  readonly #folder: RunFolder;
  #ledger: WriteStream | undefined;
  #ledgerError: unknown;

  readonly #withheld: ReadonlySet<string>;

  /** @param withheld names of files that are not written: what they hold shall not be stored */
  constructor(folder: RunFolder, withheld: readonly string[] = []) {
    this.#folder = folder;
    this.#withheld = new Set(withheld);
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    if (this.#withheld.has(name)) return Promise.resolve();
    return this.#folder.writeJson(name, value);
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

  /** Removes images and slide files that no slide of this run owns; what others put beside them stays. */
  async removeStrayImages(owned: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.file(runFiles.images)).catch(() => [])) {
      const image = `${runFiles.images}/${name.replace(/\.json$/, '.jpg')}`;
      if (owned.has(image) || !/^(draft-[\w-]+|\d{4,})\.(jpg|json)$/.test(name)) continue;
      await rm(this.file(`${runFiles.images}/${name}`), { force: true });
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
    await rename(this.file(`${runFiles.ledger}.part`), this.file(runFiles.ledger)).catch((error: unknown) => {
      throw outputError(this.file(runFiles.ledger), error);
    });
    this.#ledger = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ledger?.destroy();
    await Promise.resolve();
  }
}
