import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { copyFile, link, readFile, readdir, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Decision } from '../core/run.ts';
import type { Slide } from '../core/slide.ts';
import { runFiles } from './run-files.ts';
import type { RunFolder } from './run-folder.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

const numbered = (number: number): string => `${String(number).padStart(4, '0')}.jpg`;

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

  /** Keeps the picture of a state, a JPEG. */
  async writePicture(state: number, bytes: Uint8Array): Promise<void> {
    await makeFolder(this.file(runFiles.pictures));
    await writeWhole(this.#picture(state), bytes);
  }

  /** The picture of a state, a JPEG. Throws FramesiftError `output` where it is gone. */
  readPicture(state: number): Promise<Uint8Array> {
    return readFile(this.#picture(state)).catch((error: unknown) => {
      throw outputError(this.#picture(state), error);
    });
  }

  /**
   * Makes a state's picture that of a slide. Both names share one file where the disk can do that, and the state keeps its
   * picture, so that the same can be decided again.
   *
   * @returns the image's path relative to the folder
   */
  async placeImage(state: number, slide: number): Promise<string> {
    const image = `${runFiles.images}/${numbered(slide)}`;
    const [from, to] = [this.#picture(state), this.file(image)];
    await makeFolder(this.file(runFiles.images));
    const part = `${to}.link.part`;
    try {
      await rm(part, { force: true });
      await link(from, part).catch(() => copyFile(from, part));
      await rename(part, to);
      // Where both are names of one file already, renaming did nothing.
      await rm(part, { force: true });
    } catch (error) {
      throw outputError(to, error);
    }
    return image;
  }

  #picture(state: number): string {
    return this.file(`${runFiles.pictures}/${numbered(state)}`);
  }

  writeSlide(slide: Slide): Promise<void> {
    return this.writeJson(slide.image.replace(/\.jpg$/, '.json'), slide);
  }

  /**
   * Removes images and slide files that no slide of this run owns, and pictures of states that it does not have; what others
   * put beside them stays.
   *
   * @param states how many there are
   */
  async removeStrayImages(owned: ReadonlySet<string>, states: number): Promise<void> {
    for (const name of await readdir(this.file(runFiles.pictures)).catch(() => [])) {
      if (!/^\d{4,}\.jpg$/.test(name) || Number.parseInt(name, 10) < states) continue;
      await rm(this.file(`${runFiles.pictures}/${name}`), { force: true });
    }
    for (const name of await readdir(this.file(runFiles.images)).catch(() => [])) {
      const image = `${runFiles.images}/${name.replace(/\.json$/, '.jpg')}`;
      if (owned.has(image) || !/^\d{4,}\.(jpg|json)$/.test(name)) continue;
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
