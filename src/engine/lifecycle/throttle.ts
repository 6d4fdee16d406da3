import type { RunEvent } from '../../core/run-event.ts';

/** Progress of one stage is told this often at most, milliseconds: frames come faster than anybody reads. */
const everyMs = 100;

/** Lets through all events but progress that comes too soon after the last of its stage; a stage's first always passes. */
export class ProgressThrottle {
  readonly #toldAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  passes(event: RunEvent): boolean {
    if (event.type !== 'progress') return true;
    const now = this.#now();
    if (now - (this.#toldAt.get(event.stage) ?? -Infinity) < everyMs) return false;
    this.#toldAt.set(event.stage, now);
    return true;
  }
}
