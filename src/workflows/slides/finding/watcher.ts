import type { Frame, Glimpse } from '../../../core/frame.ts';
import type { Span } from '../../../core/slide.ts';
import { findChangeTime } from '../states/change-time.ts';
import { ViewTracker } from '../states/views.ts';
import type { View } from '../states/view.ts';
import type { Stopwatch } from '../../../engine/stopwatch.ts';

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

  /** @param held whether the frame before stayed on screen until this one, for longer than frames are looked at apart */
  async push(frame: Frame, held: boolean): Promise<readonly WatchedView[]> {
    const watched: WatchedView[] = [];
    if (held) await this.#add(watched, () => this.#tracker.hold());
    const index = this.#count;
    this.#count += 1;
    this.#held.set(index, frame);
    this.#lastTime = frame.timeSeconds;
    if (index === 0) this.#begins = frame.timeSeconds;
    const { timeSeconds, luma } = frame;
    await this.#add(watched, () => this.#tracker.push({ index, timeSeconds, luma }));
    this.#release();
    return watched;
  }

  /**
   * @param endSeconds where the last frame leaves the screen
   * @param held whether it stayed there for longer than frames are looked at apart
   */
  async finish(endSeconds: number, held: boolean): Promise<readonly WatchedView[]> {
    const watched: WatchedView[] = [];
    if (held) await this.#add(watched, () => this.#tracker.hold());
    const view = this.#tracker.finish();
    if (view) watched.push(this.#watched(view, Math.max(endSeconds, this.#lastTime)));
    return watched;
  }

  /** What the tracker says now, with its times, added to `watched`. */
  async #add(watched: WatchedView[], ask: () => View | undefined): Promise<void> {
    const view = this.#watch.timeSync('detect', ask);
    if (view) watched.push(await this.#hand(view));
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
