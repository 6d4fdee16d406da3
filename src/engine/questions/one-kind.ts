import { isCombined, type Observation } from '../../core/observation.ts';
import type { PlanKind, WindowRecord } from './events.ts';
import type { PreparedTask } from './tasks.ts';

/** A window that was asked or took answers over. */
export interface DoneWindow {
  readonly task: PreparedTask;
  readonly record: WindowRecord;
}

export interface OneKindOptions {
  /** Of which kind all answers are to be; undefined as long as that is not chosen. */
  readonly kind: () => PlanKind | undefined;
  /** Asks a window again, by the plan that was chosen. */
  readonly askAgain: (done: DoneWindow) => Promise<WindowRecord>;
  /** Takes answers over again. */
  readonly takeAgain: (task: PreparedTask, answers: readonly Observation[]) => Promise<WindowRecord>;
}

/**
 * Sees to it that all windows of a run are answered by prompts of one kind, the ones on which plans were tried included:
 * what a run says of a window does not depend on whether that was one of them, nor on where a run was interrupted.
 * Windows are held until the kind is chosen, in order.
 */
export class OneKind {
  readonly #options: OneKindOptions;
  #held: DoneWindow[] = [];
  readonly #again = new Map<number, WindowRecord>();

  constructor(options: OneKindOptions) {
    this.#options = options;
  }

  /** The windows whose answers are final now, in order. */
  async take(done: DoneWindow): Promise<readonly WindowRecord[]> {
    this.#held.push(done);
    const kind = this.#options.kind();
    if (kind === undefined) return [];
    const all = this.#held;
    this.#held = [];
    return this.#release(all, kind);
  }

  /** What is still held when there are no more windows. The kind must be chosen by then. */
  async rest(): Promise<readonly WindowRecord[]> {
    const kind = this.#options.kind();
    const all = this.#held;
    this.#held = [];
    return kind === undefined ? all.map(({ record }) => record) : this.#release(all, kind);
  }

  async #release(all: readonly DoneWindow[], kind: PlanKind): Promise<readonly WindowRecord[]> {
    const wrong = (done: DoneWindow): boolean =>
      done.task.encoded !== undefined &&
      done.task.from === undefined &&
      done.record.observations.some((one) => isCombined(one) !== (kind === 'combined'));
    await Promise.all(
      all.filter(wrong).map(async (done) => {
        this.#again.set(done.task.window, await this.#options.askAgain(done));
      }),
    );
    const records: WindowRecord[] = [];
    for (const { task, record } of all) {
      const again = this.#again.get(task.window);
      const source = task.from && this.#again.get(task.from.window);
      if (again) records.push(again);
      else if (source) records.push(await this.#options.takeAgain(task, source.observations));
      else records.push(record);
    }
    return records;
  }
}
