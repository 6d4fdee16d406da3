import type { RunRecord } from '../core/run.ts';

/** Adds up the time spent in each stage of a run. */
export class Stopwatch {
  readonly #stages = new Map<string, { wallMs: number; count: number }>();

  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - started);
    }
  }

  timeSync<T>(stage: string, work: () => T): T {
    const started = performance.now();
    try {
      return work();
    } finally {
      this.add(stage, performance.now() - started);
    }
  }

  timings(): RunRecord['timings'] {
    return [...this.#stages].map(([stage, { wallMs, count }]) => ({ stage, wallMs: Math.round(wallMs), count }));
  }

  /** Counts time that was measured elsewhere. */
  add(stage: string, wallMs: number, count = 1): void {
    const entry = this.#stages.get(stage) ?? { wallMs: 0, count: 0 };
    entry.wallMs += wallMs;
    entry.count += count;
    this.#stages.set(stage, entry);
  }
}
