import type { StageTime } from '../core/stage-time.ts';

/** A stretch of work or of waiting, for a trace. Times as `performance.now()` gives them. */
export interface StageSpan {
  readonly stage: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface Entry {
  wallMs: number;
  waitMs: number;
  count: number;
  readonly where: NonNullable<StageTime['where']>;
  /** Of work that is done elsewhere: how many are under way, and since when any is. */
  underWay: number;
  busySince: number;
}

/**
 * Adds up the time spent in each stage of a run, working apart from waiting: what is awaited of another process or
 * thread is no work of this one.
 */
export class Stopwatch {
  readonly #stages = new Map<string, Entry>();
  readonly #onSpan: ((span: StageSpan) => void) | undefined;

  /** @param onSpan told each stretch as it ends */
  constructor(onSpan?: (span: StageSpan) => void) {
    this.#onSpan = onSpan;
  }

  /** Work of this thread, or of the disk. */
  time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    return this.#during(stage, work, false);
  }

  timeSync<T>(stage: string, work: () => T): T {
    const started = performance.now();
    try {
      return work();
    } finally {
      this.#note(stage, started, false);
    }
  }

  /** Something that this thread only waits for. */
  wait<T>(stage: string, work: () => Promise<T>): Promise<T> {
    return this.#during(stage, work, true);
  }

  /**
   * Work that a thread or a server does while this thread goes on, several pieces at once: as long as any is under way
   * it works, and what they took beyond that they waited for each other.
   */
  async elsewhere<T>(stage: string, where: 'thread' | 'server', work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const entry = this.#entry(stage, where);
    if (entry.underWay === 0) entry.busySince = started;
    entry.underWay += 1;
    try {
      return await work();
    } finally {
      const ended = performance.now();
      entry.underWay -= 1;
      entry.count += 1;
      entry.wallMs += ended - started;
      // Waiting is what is left of the sum once the time in which any was under way is taken off.
      entry.waitMs += ended - started;
      if (entry.underWay === 0) entry.waitMs -= ended - entry.busySince;
      this.#onSpan?.({ stage, startMs: started, endMs: ended });
    }
  }

  timings(): readonly StageTime[] {
    return [...this.#stages].map(([stage, { wallMs, waitMs, count, where }]) => {
      const waited = Math.round(Math.max(0, waitMs));
      return { stage, where, wallMs: Math.round(wallMs), ...(waited > 0 ? { waitMs: waited } : {}), count };
    });
  }

  /** Counts what was measured elsewhere. */
  add(stage: string, where: NonNullable<StageTime['where']>, wallMs: number, waitMs = 0): void {
    const entry = this.#entry(stage, where);
    entry.wallMs += wallMs;
    entry.waitMs += waitMs;
    entry.count += 1;
  }

  async #during<T>(stage: string, work: () => Promise<T>, waits: boolean): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#note(stage, started, waits);
    }
  }

  #note(stage: string, started: number, waits: boolean): void {
    const ended = performance.now();
    const entry = this.#entry(stage, 'here');
    entry.wallMs += ended - started;
    if (waits) entry.waitMs += ended - started;
    entry.count += 1;
    this.#onSpan?.({ stage: waits ? `wait: ${stage}` : stage, startMs: started, endMs: ended });
  }

  #entry(stage: string, where: NonNullable<StageTime['where']>): Entry {
    const known = this.#stages.get(stage);
    if (known) return known;
    const entry: Entry = { wallMs: 0, waitMs: 0, count: 0, where, underWay: 0, busySince: 0 };
    this.#stages.set(stage, entry);
    return entry;
  }
}
