import { setTimeout as sleep } from 'node:timers/promises';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameRef } from '../core/frame.ts';
import type { Observation, Plan, WindowDecision } from '../core/observation.ts';
import { redactedJson } from '../core/secrets.ts';
import { observationLine, windowDecisionLine } from './line-schemas.ts';
import { mendLines, readLines } from './lines.ts';
import { runFiles } from './run-files.ts';
import type { RunFolder } from './run-folder.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

/** How long a line may wait to be forced onto the disk, milliseconds. */
const syncEveryMs = 100;

/** What an earlier run of the stage left. */
export interface EarlierObservations {
  readonly decisions: readonly WindowDecision[];
  /** By window and question, the latest of each, failed ones included. */
  readonly observations: ReadonlyMap<number, ReadonlyMap<string, Observation>>;
  /** What it chose among the plans of asking. */
  readonly planChoice: ChosenPlan | undefined;
  /** Whether it had come to the end of the video. */
  readonly finished: boolean;
}

/** How questions are asked, with the reason for people. */
export interface ChosenPlan {
  readonly plan: Plan;
  readonly reason: string;
}

export interface ObservationStoreOptions {
  /** What an earlier run chose among the plans of asking. */
  readonly planChoice?: ChosenPlan | undefined;
  /** Whether an earlier run had come to the end of the video. Default false. */
  readonly finished?: boolean;
  /** Keeps what is chosen among the plans, before anything rests on it. Default: nothing does. */
  readonly onPlanChoice?: (choice: ChosenPlan) => Promise<void>;
}

/**
 * What the `ask` stage writes into a run's folder; borrows it:
 *
 * - `observations.jsonl` one answer a line, appended as it comes, put in order at the end
 * - `ledger.jsonl` one decision a line: why a window was asked or not
 * - `windows/000012-1.jpg` the frames that were shown
 */
export class ObservationStore implements AsyncDisposable {
  readonly folder: string;
  readonly earlier: EarlierObservations;
  readonly #onPlanChoice: (choice: ChosenPlan) => Promise<void>;
  readonly #observations: FileHandle;
  readonly #ledger: FileHandle;
  readonly #decided: Set<number>;
  readonly #syncing = new Map<FileHandle, Promise<void>>();

  private constructor(
    folder: string,
    earlier: EarlierObservations,
    onPlanChoice: (choice: ChosenPlan) => Promise<void>,
    open: { readonly observations: FileHandle; readonly ledger: FileHandle },
  ) {
    this.folder = folder;
    this.earlier = earlier;
    this.#onPlanChoice = onPlanChoice;
    this.#observations = open.observations;
    this.#ledger = open.ledger;
    this.#decided = new Set(earlier.decisions.map(({ window }) => window));
  }

  /**
   * Opens what the stage's earlier run left, if it left anything: a line that a killed process left half written is
   * dropped.
   *
   * @throws FramesiftError `output` where it cannot be written
   */
  static async open(
    { path: folder }: RunFolder,
    { planChoice, finished = false, onPlanChoice = async () => {} }: ObservationStoreOptions = {},
  ): Promise<ObservationStore> {
    await using opening = new AsyncDisposableStack();
    try {
      const decisions = await mendLines(join(folder, runFiles.ledger), windowDecisionLine);
      const observations = new Map<number, Map<string, Observation>>();
      for (const observation of await mendLines(join(folder, runFiles.observations), observationLine)) {
        const window = observations.get(observation.window) ?? new Map<string, Observation>();
        observations.set(observation.window, window.set(observation.question, observation));
      }
      const files = {
        observations: opening.use(await open(join(folder, runFiles.observations), 'a')),
        ledger: opening.use(await open(join(folder, runFiles.ledger), 'a')),
      };
      await makeFolder(join(folder, runFiles.windows));
      const store = new ObservationStore(
        folder,
        { decisions, observations, planChoice, finished },
        onPlanChoice,
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

  async keepWindow(
    index: number,
    jpegs: readonly Uint8Array[],
    times: readonly number[],
  ): Promise<readonly FrameRef[]> {
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

  keepPlanChoice(choice: ChosenPlan): Promise<void> {
    return this.#onPlanChoice(choice);
  }

  async keepObservation(observation: Observation): Promise<void> {
    await this.#append(this.#observations, observation);
  }

  /** Puts both files in time order; they are complete then. */
  async finish(questions: readonly string[]): Promise<readonly Observation[]> {
    const all = await readLines(this.file(runFiles.observations), observationLine);
    // A question that failed in an interrupted run and was asked again has two lines; the later one counts.
    const observations = [...new Map(all.map((one) => [one.id, one])).values()];
    observations.sort((a, b) => a.window - b.window || questions.indexOf(a.question) - questions.indexOf(b.question));
    const decisions = await readLines(this.file(runFiles.ledger), windowDecisionLine);
    decisions.sort((a, b) => a.window - b.window);
    await writeWhole(this.file(runFiles.observations), toLines(observations));
    await writeWhole(this.file(runFiles.ledger), toLines(decisions));
    return observations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#syncing.values());
    await this.#observations.close();
    await this.#ledger.close();
  }

  async #append(file: FileHandle, value: unknown): Promise<void> {
    try {
      await file.appendFile(`${redactedJson(value)}\n`);
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

const imageOf = (window: number, frame: number) =>
  `${runFiles.windows}/${String(window).padStart(6, '0')}-${frame + 1}.jpg`;

const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
