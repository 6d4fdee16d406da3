/** Seconds of video that tell how far apart measurements usually are. Own choice: known early, so that all that follows is. */
const tellingSeconds = 10;

/** How far apart measurements usually are: the median distance over the first ten seconds. */
export class UsualStep {
  readonly #steps: number[] = [];
  #first: number | undefined;
  #last = 0;

  /** Nothing that follows changes it. */
  get whole(): boolean {
    return this.#first !== undefined && this.#last - this.#first >= tellingSeconds;
  }

  /** Seconds; 0 for fewer than two measurements. */
  get seconds(): number {
    return this.#steps.toSorted((a, b) => a - b)[Math.floor(this.#steps.length / 2)] ?? 0;
  }

  /** The time of the next measurement. */
  push(timeSeconds: number): void {
    if (this.whole) return;
    if (this.#first === undefined) this.#first = timeSeconds;
    else this.#steps.push(timeSeconds - this.#last);
    this.#last = timeSeconds;
  }
}
