import { mkdir, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { FrameRef } from '../core/frame.ts';
import type { Observation, WindowDecision } from '../core/observation.ts';

/**
 * The run folder of a workflow that asks questions:
 *
 * - `run.json` what was run, how it ended and what it cost; `key` tells whether a later call may continue it
 * - `observations.jsonl` one answer a line, appended as it comes, put in order at the end
 * - `ledger.jsonl` one decision a line: why a window was asked or not
 * - `windows/000012-1.jpg` the frames that were shown
 * - `events.json` what was concluded
 */
export class ObservationStore implements AsyncDisposable {
  readonly folder: string;
  readonly earlier: {
    readonly decisions: readonly WindowDecision[];
    readonly observations: ReadonlyMap<number, ReadonlyMap<string, Observation>>;
  };
  readonly #observations: FileHandle;
  readonly #ledger: FileHandle;
  readonly #decided: Set<number>;

  private constructor(
    folder: string,
    earlier: ObservationStore['earlier'],
    observations: FileHandle,
    ledger: FileHandle,
  ) {
    this.folder = folder;
    this.earlier = earlier;
    this.#observations = observations;
    this.#ledger = ledger;
    this.#decided = new Set(earlier.decisions.map(({ window }) => window));
  }

  /** Opens or creates the folder; a line that a killed process left half written is dropped. Throws `output`. */
  static async open(folder: string): Promise<ObservationStore> {
    try {
      await mkdir(join(folder, 'windows'), { recursive: true });
      const decisions = await readLines<WindowDecision>(join(folder, 'ledger.jsonl'));
      const observations = new Map<number, Map<string, Observation>>();
      for (const observation of await readLines<Observation>(join(folder, 'observations.jsonl'))) {
        const window = observations.get(observation.window) ?? new Map<string, Observation>();
        observations.set(observation.window, window.set(observation.question, observation));
      }
      return new ObservationStore(
        folder,
        { decisions, observations },
        await open(join(folder, 'observations.jsonl'), 'a'),
        await open(join(folder, 'ledger.jsonl'), 'a'),
      );
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }

  async keepWindow(
    index: number,
    jpegs: readonly Uint8Array[],
    times: readonly number[],
  ): Promise<readonly FrameRef[]> {
    const refs = times.map((timeSeconds, frame) => ({ timeSeconds, image: imageOf(index, frame) }));
    await this.#write(async () => {
      await Promise.all(
        refs.map(({ image }, frame) => writeFile(join(this.folder, image), jpegs[frame] as Uint8Array)),
      );
    });
    return refs;
  }

  async keepDecision(decision: WindowDecision): Promise<void> {
    if (this.#decided.has(decision.window)) return;
    this.#decided.add(decision.window);
    await this.#write(() => this.#ledger.appendFile(`${JSON.stringify(decision)}\n`));
  }

  async keepObservation(observation: Observation): Promise<void> {
    await this.#write(() => this.#observations.appendFile(`${JSON.stringify(observation)}\n`));
  }

  /** Puts both files in time order and writes the events; the run is complete then. */
  async finish(events: readonly Event[], order: readonly string[]): Promise<readonly Observation[]> {
    const path = join(this.folder, 'observations.jsonl');
    const observations = await readLines<Observation>(path);
    observations.sort((a, b) => a.window - b.window || order.indexOf(a.question) - order.indexOf(b.question));
    const decisions = await readLines<WindowDecision>(join(this.folder, 'ledger.jsonl'));
    decisions.sort((a, b) => a.window - b.window);
    await this.#write(async () => {
      await replaceFile(path, toLines(observations));
      await replaceFile(join(this.folder, 'ledger.jsonl'), toLines(decisions));
      await replaceFile(join(this.folder, 'events.json'), `${JSON.stringify(events, null, 2)}\n`);
    });
    return observations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#observations.close();
    await this.#ledger.close();
  }

  async #write<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      throw cannotWrite(this.folder, error);
    }
  }
}

const imageOf = (window: number, frame: number) => `windows/${String(window).padStart(6, '0')}-${frame + 1}.jpg`;

const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Written beside its place and renamed: a reader sees the old file or the new one, never a part. Throws `output`. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.part`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error instanceof FramesiftError ? error : cannotWrite(path, error);
  }
}

/** The file's values; a torn last line is cut off the file, so that the next one begins on its own. */
async function readLines<T>(path: string): Promise<T[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await replaceFile(path, whole);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

function cannotWrite(place: string, error: unknown): FramesiftError {
  if (error instanceof FramesiftError) return error;
  const code = systemCodeOf(error);
  const why = code === 'ENOSPC' ? 'the disk is full' : code === 'EACCES' ? 'permission denied' : messageOf(error);
  return new FramesiftError('output', `${place} cannot be written: ${why}. Give another folder with --out.`, {
    cause: error,
  });
}
