import type { Span } from '../../../core/slide.ts';

/** A condition that held from `start` to `end`, with the mean confidence of what said so. */
export interface Held extends Span {
  readonly confidence: number;
  /** Frames in which it was true. */
  readonly frames: number;
  /** What was said of it that is furthest from its threshold; undefined where nothing was. */
  readonly peak: number | undefined;
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
  #frames = 0;
  #peak: number | undefined;

  /** @param bridgeSeconds time of which nothing is known that it lives through */
  constructor(bridgeSeconds: number) {
    this.#bridgeSeconds = bridgeSeconds;
  }

  /** Seconds from its first frame to its last so far; 0 where it does not hold. */
  get seconds(): number {
    return this.#start === undefined ? 0 : this.#lastTrue - this.#start;
  }

  /** What is known of it by now, while it holds: it lasted from `start` to `end` at the least. */
  get held(): Held | undefined {
    return this.#start === undefined ? undefined : this.#until(this.#lastTrue);
  }

  /**
   * @param figure how far it goes in this frame: the greatest is kept
   * @returns what has just ended, if it has
   */
  push(timeSeconds: number, holds: boolean | undefined, confidence: number, figure?: number): Held | undefined {
    if (holds === true) {
      this.#start ??= timeSeconds;
      this.#lastTrue = timeSeconds;
      this.#confidence += confidence;
      this.#frames += 1;
      if (figure !== undefined) this.#peak = Math.max(this.#peak ?? -Infinity, figure);
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

  #until(end: number): Held {
    const confidence = this.#frames === 0 ? 0 : this.#confidence / this.#frames;
    return { start: this.#start!, end, confidence, frames: this.#frames, peak: this.#peak };
  }

  #close(end: number): Held {
    const held = this.#until(end);
    this.#start = undefined;
    this.#confidence = 0;
    this.#frames = 0;
    this.#peak = undefined;
    return held;
  }
}

/**
 * A condition with hysteresis: begins at one threshold, ends at another. What cannot be said for a moment leaves it as it
 * is; after longer, the next frame is judged by the threshold at which it begins.
 */
export class Latch {
  readonly #forgetSeconds: number;
  #on = false;
  #at = -Infinity;

  constructor(forgetSeconds: number) {
    this.#forgetSeconds = forgetSeconds;
  }

  /** Whether it held when it was last judged, if that is not too long ago. */
  holds(timeSeconds: number): boolean {
    return this.#on && timeSeconds - this.#at <= this.#forgetSeconds + 1e-6;
  }

  push(timeSeconds: number, begins: boolean, ends: boolean): boolean {
    this.#on = begins || (this.holds(timeSeconds) && !ends);
    this.#at = timeSeconds;
    return this.#on;
  }

  forget(): void {
    this.#on = false;
  }
}
