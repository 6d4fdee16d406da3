import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasuredEvent, Opinion } from '../core/driver-state.ts';
import type { FrameRef } from '../core/frame.ts';
import { redactedJson } from '../core/secrets.ts';
import { verificationLine, type Verification } from './line-schemas.ts';
import { mendLines } from './lines.ts';
import { runFiles } from './run-files.ts';
import { makeFolder, outputError } from './write-file.ts';

/** The opinions of a run, in its folder: what was asked before is not asked again. */
export class Verifications {
  readonly #folder: string;
  readonly #model: string;
  readonly #known: readonly Verification[];

  private constructor(folder: string, model: string, known: readonly Verification[]) {
    this.#folder = folder;
    this.#model = model;
    this.#known = known;
  }

  /** @param model only its opinions are recalled. Throws FramesiftError `output`. */
  static async open(folder: string, model: string): Promise<Verifications> {
    return new Verifications(folder, model, await mendLines(join(folder, runFiles.verifications), verificationLine));
  }

  recall(event: MeasuredEvent, promptVersion: string): Opinion | undefined {
    const line = this.#known.find(
      ({ event: id, start, end, opinion }) =>
        id === event.id &&
        start === event.start &&
        end === event.end &&
        opinion.model === this.#model &&
        opinion.state === 'given' &&
        opinion.promptVersion === promptVersion,
    );
    if (line?.opinion.state !== 'given') return line?.opinion;
    // Of pictures that are gone, or were shown in another way, it is no opinion.
    const there = line.opinion.frames.every(
      ({ image }) => image !== undefined && existsSync(join(this.#folder, image)),
    );
    return there ? line.opinion : undefined;
  }

  async keep({ id, start, end }: MeasuredEvent, opinion: Opinion): Promise<void> {
    const path = join(this.#folder, runFiles.verifications);
    const line: Verification = { event: id, start, end, opinion };
    await appendFile(path, `${redactedJson(line)}\n`).catch((error: unknown) => {
      throw outputError(path, error);
    });
  }

  async keepFrames(
    { id }: MeasuredEvent,
    jpegs: readonly Uint8Array[],
    times: readonly number[],
  ): Promise<readonly FrameRef[]> {
    const refs = times.map((timeSeconds, frame) => ({
      timeSeconds,
      image: `${runFiles.eventPictures}/${id}-${frame + 1}.jpg`,
    }));
    await makeFolder(join(this.#folder, runFiles.eventPictures));
    try {
      // Not synced: no opinion is kept before its pictures are written, and without one they are made again.
      await Promise.all(refs.map(({ image }, frame) => writeFile(join(this.#folder, image), jpegs[frame]!)));
    } catch (error) {
      throw outputError(this.#folder, error);
    }
    return refs;
  }
}
