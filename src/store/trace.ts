import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { outputError } from './write-file.ts';

/** Something with a beginning and an end. Times are milliseconds of one clock. */
export interface TracedActivity {
  /** Stages lie above each other in the order in which they are first met, those of asking in theirs. */
  readonly stage: string;
  readonly name: string;
  readonly window?: number;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Writes what a run did as a Chrome trace, for https://ui.perfetto.dev: decoding, encoding, waiting and asking above
 * each other, so that their overlap can be seen. The list is left open until the end, which the readers allow.
 */
export class TraceWriter implements AsyncDisposable {
  readonly #file: WriteStream;
  /** For each stage, when its rows are free again: what overlaps must not share one. */
  readonly #rows = new Map<string, number[]>();
  readonly #names = new Set<number>();
  readonly #stages: string[] = [...stages];
  #failure: unknown;

  constructor(path: string) {
    this.#file = createWriteStream(path);
    this.#file.on('error', (error) => (this.#failure ??= error));
    this.#file.write('[\n');
  }

  add({ stage, name, window, startMs, endMs }: TracedActivity): void {
    const row = this.#freeRow(stage, startMs, endMs);
    if (!this.#names.has(row)) {
      this.#names.add(row);
      const label = `${stage} ${(row % rowsOfStage) + 1}`;
      this.#write({ name: 'thread_name', ph: 'M', pid: 1, tid: row, args: { name: label } });
    }
    const event = { name, cat: stage, ph: 'X', pid: 1, tid: row, ts: startMs * 1000, dur: (endMs - startMs) * 1000 };
    this.#write(window === undefined ? event : { ...event, args: { window } });
  }

  /** @throws FramesiftError `output` when it could not be written */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.end('{}]\n');
    if (!this.#file.closed) await once(this.#file, 'close').catch(() => {});
    if (this.#failure) throw outputError(String(this.#file.path), this.#failure);
  }

  #write(event: unknown): void {
    this.#file.write(`${JSON.stringify(event)},\n`);
  }

  #freeRow(stage: string, startMs: number, endMs: number): number {
    const rows = this.#rows.get(stage) ?? [];
    this.#rows.set(stage, rows);
    let row = rows.findIndex((freeAt) => freeAt <= startMs);
    if (row < 0) row = rows.length;
    rows[row] = endMs;
    if (!this.#stages.includes(stage)) this.#stages.push(stage);
    return this.#stages.indexOf(stage) * rowsOfStage + row;
  }
}

/** From top to bottom, as a window goes through them. */
const stages = ['decode', 'encode', 'wait', 'ask', 'write'] as const;
/** More than are ever under way at once in one stage. */
const rowsOfStage = 10_000;
