interface Stretch {
  readonly end: number;
  readonly seconds: number;
  readonly closed: boolean;
  readonly confidence: number;
}

/** Share of measured time within a sliding window in which the eyes were closed (PERCLOS). */
export class Perclos {
  readonly #windowSeconds: number;
  readonly #minSeconds: number;
  readonly #stretches: Stretch[] = [];
  #first = 0;
  #measured = 0;
  #closed = 0;
  #sure = 0;

  /** @param minSeconds measured seconds within the window below which no figure is given */
  constructor(windowSeconds: number, minSeconds: number) {
    this.#windowSeconds = windowSeconds;
    this.#minSeconds = minSeconds;
  }

  /** Adds a measured stretch that ended at `end`. */
  add(end: number, seconds: number, closed: boolean, confidence: number): void {
    this.#stretches.push({ end, seconds, closed, confidence });
    this.#measured += seconds;
    this.#sure += seconds * confidence;
    if (closed) this.#closed += seconds;
  }

  /** When the first stretch within the window began, as of the last call of `at`. */
  get since(): number | undefined {
    const first = this.#stretches[this.#first];
    return first && first.end - first.seconds;
  }

  /** Measured seconds within the window, as of the last call of `at`. */
  get measuredSeconds(): number {
    return this.#measured;
  }

  /** Mean confidence of what was measured within the window, as of the last call of `at`; 0 where nothing was. */
  get confidence(): number {
    return this.#measured <= 0 ? 0 : Math.min(1, Math.max(0, this.#sure / this.#measured));
  }

  /** 0–1 over the window up to this time; undefined where too little of it was measured. */
  at(timeSeconds: number): number | undefined {
    const oldest = this.#stretches;
    // A rounding error of sums over an hour must not push a stretch out of its window.
    while (this.#first < oldest.length && oldest[this.#first]!.end <= timeSeconds - this.#windowSeconds + 1e-6) {
      const { seconds, closed, confidence } = oldest[this.#first]!;
      this.#measured -= seconds;
      this.#sure -= seconds * confidence;
      if (closed) this.#closed -= seconds;
      this.#first += 1;
    }
    if (this.#first > 4096) {
      oldest.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#measured < this.#minSeconds - 1e-6 || this.#measured <= 0) return undefined;
    return Math.min(1, Math.max(0, this.#closed / this.#measured));
  }
}
