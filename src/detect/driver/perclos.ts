interface Stretch {
  readonly end: number;
  readonly seconds: number;
  readonly closed: boolean;
}

/** Share of measured time within a sliding window in which the eyes were closed (PERCLOS). */
export class Perclos {
  readonly #windowSeconds: number;
  readonly #leastSeconds: number;
  readonly #stretches: Stretch[] = [];
  #first = 0;
  #measured = 0;
  #closed = 0;

  /** @param leastSeconds measured seconds within the window below which no figure is given */
  constructor(windowSeconds: number, leastSeconds: number) {
    this.#windowSeconds = windowSeconds;
    this.#leastSeconds = leastSeconds;
  }

  /** Adds a measured stretch that ended at `end`. */
  add(end: number, seconds: number, closed: boolean): void {
    this.#stretches.push({ end, seconds, closed });
    this.#measured += seconds;
    if (closed) this.#closed += seconds;
  }

  /** 0–1 over the window up to this time; undefined where too little of it was measured. */
  at(timeSeconds: number): number | undefined {
    const oldest = this.#stretches;
    // A rounding error of sums over an hour must not push a stretch out of its window.
    while (this.#first < oldest.length && oldest[this.#first]!.end <= timeSeconds - this.#windowSeconds + 1e-6) {
      const { seconds, closed } = oldest[this.#first]!;
      this.#measured -= seconds;
      if (closed) this.#closed -= seconds;
      this.#first += 1;
    }
    if (this.#first > 4096) {
      oldest.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#measured < this.#leastSeconds - 1e-6 || this.#measured <= 0) return undefined;
    return Math.min(1, Math.max(0, this.#closed / this.#measured));
  }
}
