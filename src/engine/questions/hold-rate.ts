/** Guesses that are looked back at. */
const remembered = 8;
/** So few say nothing yet. */
const fewest = 4;
/** After it has stopped, one guess in so many windows shows whether it would hold again. */
const retryAfter = 20;

interface Guesses {
  /** The latest guesses: whether each held. */
  readonly held: boolean[];
  /** Windows without a guess since it stopped. */
  waited: number;
}

/** How often guesses of each question held lately, and whether another one is worth a request. */
export class HoldRate {
  readonly #least: number;
  readonly #questions = new Map<string, Guesses>();
  /** Guesses that were not made. */
  braked = 0;

  /** @param least the share of guesses that must hold, 0–1 */
  constructor(least: number) {
    this.#least = least;
  }

  record(question: string, held: boolean): void {
    const one = this.#of(question);
    one.held.push(held);
    if (one.held.length > remembered) one.held.shift();
  }

  /** Share of the latest guesses that held; 1 as long as there are too few to say. */
  rate(question: string): number {
    const { held } = this.#of(question);
    return held.length < fewest ? 1 : held.filter(Boolean).length / held.length;
  }

  /** Asked once a window. */
  allows(question: string): boolean {
    if (this.rate(question) >= this.#least) return true;
    const one = this.#of(question);
    one.waited += 1;
    if (one.waited < retryAfter) {
      this.braked += 1;
      return false;
    }
    one.waited = 0;
    return true;
  }

  #of(question: string): Guesses {
    let one = this.#questions.get(question);
    if (!one) this.#questions.set(question, (one = { held: [], waited: 0 }));
    return one;
  }
}
