/** CPU time of this process that was dealt out to the runs that were under way meanwhile. Milliseconds. */
export class CpuShare {
  readonly #shares = new Map<symbol, number>();
  readonly #now: () => number;
  #seen: number;

  /** @param now CPU milliseconds that this process has spent so far */
  constructor(now: () => number = cpuNow) {
    this.#now = now;
    this.#seen = now();
  }

  begin(run: symbol): void {
    this.#deal();
    this.#shares.set(run, 0);
  }

  of(run: symbol): number {
    this.#deal();
    return this.#shares.get(run) ?? 0;
  }

  end(run: symbol): void {
    this.#deal();
    this.#shares.delete(run);
  }

  /** What was spent since the last look belongs to those who run, in equal parts: nobody can tell it apart. */
  #deal(): void {
    const now = this.#now();
    const each = (now - this.#seen) / Math.max(1, this.#shares.size);
    for (const [run, sum] of this.#shares) this.#shares.set(run, sum + each);
    this.#seen = now;
  }
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Deals the CPU time of this process out to its runs, so that those of a batch that share a process add up to what the
 * process took.
 */
export const cpuShare = new CpuShare();
