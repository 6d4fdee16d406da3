import type { Span } from '../../core/slide.ts';

/** A condition that held from `start` to `end`, with the mean confidence of what said so. */
export interface Held extends Span {
  readonly confidence: number;
}

/**
 * Follows one condition through time. It begins with the first frame in which it is true and ends at the first in which
 * it is false. Frames in which nothing can be said are lived through for a while; then it has ended where it was last
 * known to be true. Time is the frames' own: a dropped frame or a changing frame rate makes no difference.
 */
export class Holding {
  readonly #bridgeSeconds: number;
  #start: number | undefined;
  #lastTrue = 0;
  #confidence = 0;
  #count = 0;

  constructor(bridgeSeconds: number) {
    this.#bridgeSeconds = bridgeSeconds;
  }

  /** When it began, while it holds. */
  get start(): number | undefined {
    return this.#start;
  }

  /** While it holds: from when to when it is known to have been true. */
  get known(): Span | undefined {
    return this.#start === undefined ? undefined : { start: this.#start, end: this.#lastTrue };
  }

  /** Seconds that it has held for by this time; 0 where it does not. */
  seconds(timeSeconds: number): number {
    return this.#start === undefined ? 0 : timeSeconds - this.#start;
  }

  /** Mean confidence so far. */
  get confidence(): number {
    return this.#count === 0 ? 0 : this.#confidence / this.#count;
  }

  /** @returns what has just ended, if it has */
  push(timeSeconds: number, holds: boolean | undefined, confidence: number): Held | undefined {
    if (holds === true) {
      this.#start ??= timeSeconds;
      this.#lastTrue = timeSeconds;
      this.#confidence += confidence;
      this.#count += 1;
      return undefined;
    }
    if (this.#start === undefined) return undefined;
    if (holds === false) return this.#close(timeSeconds);
    return timeSeconds - this.#lastTrue > this.#bridgeSeconds ? this.#close(this.#lastTrue) : undefined;
  }

  /** Ends it at the latest at `timeSeconds`, the end of the series or of what is known. */
  finish(timeSeconds: number): Held | undefined {
    return this.#start === undefined ? undefined : this.#close(timeSeconds);
  }

  #close(end: number): Held {
    const held = { start: this.#start!, end, confidence: this.confidence };
    this.#start = undefined;
    this.#confidence = 0;
    this.#count = 0;
    return held;
  }
}

/** A condition with hysteresis: begins at one threshold, ends at another; what cannot be said leaves it as it is. */
export class Latch {
  #on = false;

  /** Whether it held when it was last judged. */
  get on(): boolean {
    return this.#on;
  }

  push(begins: boolean, ends: boolean): boolean {
    if (begins) this.#on = true;
    else if (ends) this.#on = false;
    return this.#on;
  }

  /** Nothing is known any more: the next frame is judged by the threshold at which the condition begins. */
  forget(): void {
    this.#on = false;
  }
}
