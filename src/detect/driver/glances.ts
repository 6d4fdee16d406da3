interface Glance {
  readonly start: number;
  end: number;
}

/**
 * Glances off the road within a sliding window: the tally behind VATS ("visual attention time sharing", Euro NCAP Safe
 * Driving protocol v10.4). It is emptied by looking at the road for long enough. Time of which nothing is known is
 * added to neither side.
 */
export class Glances {
  readonly #windowSeconds: number;
  readonly #backSeconds: number;
  #glances: Glance[] = [];
  #current: Glance | undefined;
  #onRoad = 0;

  constructor(windowSeconds: number, backSeconds: number) {
    this.#windowSeconds = windowSeconds;
    this.#backSeconds = backSeconds;
  }

  /** A stretch in which the gaze was off the road, on it, or unknown. */
  add(start: number, end: number, away: boolean | undefined): void {
    if (away === true) {
      this.#onRoad = 0;
      if (this.#current && start - this.#current.end < 1e-6) this.#current.end = end;
      else this.#glances.push((this.#current = { start, end }));
      return;
    }
    this.#current = undefined;
    if (away === undefined) {
      this.#onRoad = 0;
      return;
    }
    this.#onRoad += end - start;
    if (this.#onRoad >= this.#backSeconds - 1e-6) this.#glances = [];
  }

  /** When the first one that still counts began; undefined where none does. */
  get earliest(): number | undefined {
    return this.#glances[0]?.start;
  }

  /** Seconds off the road within the window up to this time, and in how many glances. */
  at(timeSeconds: number): { seconds: number; count: number; start: number } {
    const from = timeSeconds - this.#windowSeconds;
    this.#glances = this.#glances.filter(({ end }) => end > from);
    const seconds = this.#glances.reduce((sum, { start, end }) => sum + end - Math.max(start, from), 0);
    return { seconds, count: this.#glances.length, start: Math.max(from, this.#glances[0]?.start ?? timeSeconds) };
  }
}
