import type { Frame, Glimpse } from '../../core/frame.ts';
import type { Span } from '../../core/slide.ts';
import { findChangeTime } from '../../detect/slides/change-time.ts';
import { ViewTracker } from '../../detect/slides/views.ts';
import type { View } from '../../detect/slides/view.ts';
import type { Stopwatch } from '../stopwatch.ts';

/** A view with its exact time on screen, and the frame that shows it best, which now belongs to the receiver. */
export interface WatchedView {
  readonly view: View;
  readonly span: Span;
  readonly frame: Frame;
}

/**
 * Feeds frames to the tracker, holds on to the few that may still be needed, and finds the exact times of changes. Owns
 * every frame it was given until it releases it or hands it on.
 */
export class Watcher implements Disposable {
  readonly #watch: Stopwatch;
  readonly #tracker = new ViewTracker();
  readonly #held = new Map<number, Frame>();
  #count = 0;
  #begins = 0;
  #lastTime = 0;

  constructor(watch: Stopwatch) {
    this.#watch = watch;
  }

  /** Frames looked at so far. */
  get count(): number {
    return this.#count;
  }

  async push(frame: Frame): Promise<WatchedView | undefined> {
    const index = this.#count;
    this.#count += 1;
    this.#held.set(index, frame);
    this.#lastTime = frame.timeSeconds;
    if (index === 0) this.#begins = frame.timeSeconds;
    const { timeSeconds, luma } = frame;
    const view = this.#watch.timeSync('detect', () => this.#tracker.push({ index, timeSeconds, luma }));
    const watched = view ? await this.#hand(view) : undefined;
    this.#release();
    return watched;
  }

  /** @param endSeconds where the last frame leaves the screen */
  finish(endSeconds: number): WatchedView | undefined {
    const view = this.#tracker.finish();
    if (!view) return undefined;
    return this.#watched(view, Math.max(endSeconds, this.#lastTime));
  }

  async #hand(view: View): Promise<WatchedView> {
    const next = this.#tracker.openedAt;
    const glimpses = next && (await this.#watch.wait('glimpses', () => this.#glimpses(view.last.index, next.index)));
    const change = glimpses && this.#watch.timeSync('detect', () => findChangeTime(glimpses));
    const ends = change?.oldEnds ?? next?.timeSeconds ?? view.last.timeSeconds;
    const watched = this.#watched(view, ends);
    this.#begins = change?.newBegins ?? next?.timeSeconds ?? ends;
    return watched;
  }

  #watched(view: View, ends: number): WatchedView {
    const frame = this.#held.get(view.best.index);
    if (!frame) throw new Error(`the frame at ${view.best.timeSeconds} s was released too early`);
    this.#held.delete(view.best.index);
    return { view, span: { start: this.#begins, end: Math.max(this.#begins, ends) }, frame };
  }

  /** Glimpses from the last sample of the old view to the first of the new one. */
  async #glimpses(last: number, next: number): Promise<readonly Glimpse[]> {
    const lists: Glimpse[] = [];
    for (let index = last; index <= next; index += 1) {
      const glimpses = (await this.#held.get(index)?.glimpses()) ?? [];
      lists.push(...(index === last ? glimpses.slice(-1) : glimpses));
    }
    return lists;
  }

  #release(): void {
    const needed = this.#tracker.needed();
    for (const [index, frame] of this.#held) {
      if (needed.has(index)) continue;
      frame[Symbol.dispose]();
      this.#held.delete(index);
    }
  }

  [Symbol.dispose](): void {
    for (const frame of this.#held.values()) frame[Symbol.dispose]();
    this.#held.clear();
  }
}
