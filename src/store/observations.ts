import { setTimeout as sleep } from 'node:timers/promises';
import { open, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { FrameRef } from '../core/frame.ts';
import type { Observation, WindowDecision } from '../core/observation.ts';
import type { RunRecord } from '../core/run.ts';
import { removePictures, windowPictureFolder } from './pictures.ts';
import { readRecord } from './run-folder.ts';
import { lockRun } from './run-lock.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

export const observationFiles = {
  record: 'run.json',
  observations: 'observations.jsonl',
  ledger: 'ledger.jsonl',
  events: 'events.json',
  windows: windowPictureFolder,
  report: 'report.html',
  table: 'observations.csv',
  log: 'run.log',
  lock: 'run.lock',
} as const;

/** What makes a run this run: another video, workflow or set of answering options is another one. */
export interface RunIdentity {
  readonly source: RunRecord['source'];
  readonly workflow: string;
  /** Hash over all that can change an answer or which windows are asked. */
  readonly key: string;
}

export interface ObservationStoreOptions {
  /** What a finished run with the same key left is removed too. Default false. */
  readonly anew?: boolean;
  /** Whether the frames that were shown are kept. Else those of earlier runs are removed as well. Default true. */
  readonly pictures?: boolean;
}

/** How long a line may wait to be forced onto the disk, milliseconds. */
const syncEveryMs = 100;

/**
 * The run folder of a workflow that asks questions:
 *
 * - `run.json` what was run, how it ended and what it cost; its `key` tells whether a later call may continue it
 * - `observations.jsonl` one answer a line, appended as it comes, put in order at the end
 * - `ledger.jsonl` one decision a line: why a window was asked or not
 * - `windows/000012-1.jpg` the frames that were shown
 * - `events.json` what was concluded
 */
export class ObservationStore implements AsyncDisposable {
  readonly folder: string;
  /** The record of a run with the same key, where there is one. */
  readonly record: RunRecord | undefined;
  readonly earlier: {
    readonly decisions: readonly WindowDecision[];
    readonly observations: ReadonlyMap<number, ReadonlyMap<string, Observation>>;
  };
  readonly #lock: AsyncDisposable;
  readonly #observations: FileHandle;
  readonly #ledger: FileHandle;
  readonly #decided: Set<number>;
  readonly #syncing = new Map<FileHandle, Promise<void>>();
  readonly #pictures: boolean;

  private constructor(
    folder: string,
    pictures: boolean,
    record: RunRecord | undefined,
    earlier: ObservationStore['earlier'],
    open: { readonly lock: AsyncDisposable; readonly observations: FileHandle; readonly ledger: FileHandle },
  ) {
    this.folder = folder;
    this.#pictures = pictures;
    this.record = record;
    this.earlier = earlier;
    this.#lock = open.lock;
    this.#observations = open.observations;
    this.#ledger = open.ledger;
    this.#decided = new Set(earlier.decisions.map(({ window }) => window));
  }

  /**
   * Opens or makes the folder and holds it. What a run with the same key left is kept, a line that a killed process
   * left half written is dropped; what a run with another key left is removed, and with `anew` also what a finished
   * one left.
   *
   * @throws FramesiftError `output` when it belongs to another video or workflow, is held by another process, holds
   * other things or cannot be written
   */
  static async open(
    folder: string,
    identity: RunIdentity,
    { anew = false, pictures = true }: ObservationStoreOptions = {},
  ): Promise<ObservationStore> {
    const earlier = await readRecord(folder);
    if (earlier && earlier.source.identity !== identity.source.identity) {
      throw elsewhere(folder, `holds the results of another video (${earlier.source.name})`);
    }
    if (earlier && earlier.workflow !== identity.workflow) {
      throw elsewhere(folder, `holds the results of the workflow ${earlier.workflow}`);
    }
    if (!earlier) await refuseForeignFolder(folder);
    await makeFolder(folder);
    await using opening = new AsyncDisposableStack();
    const lock = opening.use(await lockRun(join(folder, observationFiles.lock)));
    try {
      const same =
        earlier !== undefined &&
        'key' in earlier &&
        earlier.key === identity.key &&
        !(anew && earlier.state === 'finished');
      if (earlier && !same) await removeResults(folder);
      const decisions = await readLines<WindowDecision>(join(folder, observationFiles.ledger));
      const observations = new Map<number, Map<string, Observation>>();
      for (const observation of await readLines<Observation>(join(folder, observationFiles.observations))) {
        if (mayComeStill(observation)) continue;
        const window = observations.get(observation.window) ?? new Map<string, Observation>();
        observations.set(observation.window, window.set(observation.question, observation));
      }
      const files = {
        lock,
        observations: opening.use(await open(join(folder, observationFiles.observations), 'a')),
        ledger: opening.use(await open(join(folder, observationFiles.ledger), 'a')),
      };
      const done = same && earlier.state === 'finished';
      if (pictures) await makeFolder(join(folder, windowPictureFolder));
      else if (!done) await removePictures(folder);
      const store = new ObservationStore(
        folder,
        pictures,
        same ? earlier : undefined,
        { decisions, observations },
        files,
      );
      opening.move();
      return store;
    } catch (error) {
      throw outputError(folder, error);
    }
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  writeRecord(record: RunRecord): Promise<void> {
    return writeWhole(this.file(observationFiles.record), `${JSON.stringify(record, undefined, 2)}\n`);
  }

  async keepWindow(
    index: number,
    jpegs: readonly Uint8Array[],
    times: readonly number[],
  ): Promise<readonly FrameRef[]> {
    if (!this.#pictures) return times.map((timeSeconds) => ({ timeSeconds }));
    const refs = times.map((timeSeconds, frame) => ({ timeSeconds, image: imageOf(index, frame) }));
    try {
      // Not synced: no answer is kept before its pictures are written, and without one they are made again.
      await Promise.all(refs.map(({ image }, frame) => writeFile(this.file(image), jpegs[frame] as Uint8Array)));
    } catch (error) {
      throw outputError(this.folder, error);
    }
    return refs;
  }

  async keepDecision(decision: WindowDecision): Promise<void> {
    if (this.#decided.has(decision.window)) return;
    this.#decided.add(decision.window);
    await this.#append(this.#ledger, decision);
  }

  async keepObservation(observation: Observation): Promise<void> {
    await this.#append(this.#observations, observation);
  }

  /** Puts both files in time order and writes the events; the results are complete then. */
  async finish(events: readonly Event[], questions: readonly string[]): Promise<readonly Observation[]> {
    const all = await readLines<Observation>(this.file(observationFiles.observations));
    // A question that failed in an interrupted run and was asked again has two lines; the later one counts.
    const observations = [...new Map(all.map((one) => [one.id, one])).values()];
    observations.sort((a, b) => a.window - b.window || questions.indexOf(a.question) - questions.indexOf(b.question));
    const decisions = await readLines<WindowDecision>(this.file(observationFiles.ledger));
    decisions.sort((a, b) => a.window - b.window);
    await writeWhole(this.file(observationFiles.observations), toLines(observations));
    await writeWhole(this.file(observationFiles.ledger), toLines(decisions));
    await writeWhole(this.file(observationFiles.events), `${JSON.stringify(events, undefined, 2)}\n`);
    return observations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#syncing.values());
    await this.#observations.close();
    await this.#ledger.close();
    await this.#lock[Symbol.asyncDispose]();
  }

  async #append(file: FileHandle, value: unknown): Promise<void> {
    try {
      await file.appendFile(`${JSON.stringify(value)}\n`);
    } catch (error) {
      throw outputError(this.folder, error);
    }
    if (!this.#syncing.has(file)) this.#syncing.set(file, this.#sync(file));
  }

  /** Onto the disk, with what comes in the meantime: a power cut costs the answers of a moment, and none waits for it. */
  async #sync(file: FileHandle): Promise<void> {
    await sleep(syncEveryMs);
    this.#syncing.delete(file);
    // A disk that cannot is told of by the next line that is written.
    await file.datasync().catch(() => {});
  }
}

/** It failed for something that passes: a run that is continued asks it again. */
const mayComeStill = (one: Observation): boolean =>
  one.state === 'failed' && !['truncated', 'invalid'].includes(one.error.kind);

const imageOf = (window: number, frame: number) =>
  `${windowPictureFolder}/${String(window).padStart(6, '0')}-${frame + 1}.jpg`;

const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** The file's values; a torn last line is cut off the file, so that the next one begins on its own. */
export async function readLines<T>(path: string): Promise<T[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await writeWhole(path, whole);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** A folder with other people's files in it is not ours to write into. */
async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw outputError(folder, error);
  });
  const ours = new Set<string>(Object.values(observationFiles));
  if (names.every((name) => ours.has(name) || name.endsWith('.part'))) return;
  throw elsewhere(folder, 'is not empty and holds no run of framesift');
}

async function removeResults(folder: string): Promise<void> {
  const { observations, ledger, events, windows, report, table } = observationFiles;
  for (const name of [observations, ledger, events, windows, report, table]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

const elsewhere = (folder: string, why: string): FramesiftError =>
  new FramesiftError('output', `${folder}: ${why}. Choose another folder with -o, or delete it.`);
