import type { Picture } from '../../core/frame.ts';
import type { WindowDecision } from '../../core/observation.ts';
import type { Span } from '../../core/slide.ts';
import type { Adaptive } from '../../core/workflow.ts';
import { distanceOf, lookOf, type Look } from './look.ts';
import { mostChangedTile } from './motion.ts';
import type { FrameWindow } from './windows.ts';

export interface ReuseSimilar {
  /** The most bits in which two pictures' hashes may differ, of 64. */
  readonly distance: number;
  /** Windows in a row that may be answered from one that was asked. */
  readonly maxInARow: number;
}

/** What was measured by other means: windows in which all is well are asked rarely. */
export interface Calm {
  /** Asked of one window after another; may wait until it is known. */
  readonly holds: (span: Span) => boolean | Promise<boolean>;
  /** A calm window is asked at the latest so many seconds after the last one that was asked. */
  readonly maxGapSeconds: number;
}

/**
 * Decides for each window whether it is asked, skipped or answered from the last asked one. It sees windows in order,
 * and what it decides depends on the frames alone: a continued run decides the same again.
 */
export class WindowChooser {
  readonly #adaptive: Adaptive | undefined;
  readonly #similar: ReuseSimilar | undefined;
  readonly #calm: Calm | undefined;
  #before: Picture | undefined;
  #asked: { readonly at: number; readonly last: Picture; readonly look: Look; readonly window: number } | undefined;
  #takenInARow = 0;

  constructor(adaptive: Adaptive | undefined, similar: ReuseSimilar | undefined, calm?: Calm) {
    this.#adaptive = adaptive;
    this.#calm = calm;
    this.#similar = similar;
  }

  /** The window that answers are taken over from, for a decision `similar`. */
  get lastAsked(): number | undefined {
    return this.#asked?.window;
  }

  /** One window at a time, in order. Waits only where what was measured decides, and is not known yet. */
  async decide(window: FrameWindow): Promise<WindowDecision> {
    const { index, span, frames } = window;
    const base = { window: index, span, figures: {}, threshold: {} } as const;
    if (frames.length < 2) return tooShort(base, frames.length);
    const pictures = frames.map(({ luma }) => luma);
    const motion = motionOf(pictures, this.#before);
    this.#before = pictures.at(-1);
    if (!this.#asked) {
      this.#ask(window, pictures);
      return { ...base, asked: true, rule: 'first', reason: 'Nothing was asked before it.' };
    }
    const change = Math.max(
      ...pictures.map((picture) => mostChangedTile(picture, (this.#asked as { last: Picture }).last)),
    );
    const gap = span.end - this.#asked.at;
    const figures = { motion: rounded(motion), change: rounded(change), gapSeconds: rounded(gap) };
    const quiet = await this.#quiet(span, figures);
    if (quiet) return { ...base, asked: false, ...quiet };
    const { motion: still = 0, maxGapSeconds = 0 } = this.#adaptive ?? {};
    const distance = this.#similar ? distanceOf(lookOf(pictures), this.#asked.look) : undefined;
    if (this.#similar && distance !== undefined && this.#looksAlike(distance, motion)) {
      this.#takenInARow += 1;
      return {
        ...base,
        asked: false,
        rule: 'similar',
        reason: `Looks like window ${this.#asked.window}, whose answers it takes.`,
        figures: { ...figures, distance, inARow: this.#takenInARow },
        threshold: { distance: this.#similar.distance, motion: maxMotionWhenAlike, inARow: this.#similar.maxInARow },
      };
    }
    const rule = !this.#adaptive ? 'always' : motion >= still || change >= still ? 'changed' : 'gap';
    this.#ask(window, pictures);
    return {
      ...base,
      asked: true,
      rule,
      reason: reasons[rule],
      figures: distance === undefined ? figures : { ...figures, distance },
      threshold: this.#adaptive ? { motion: still, change: still, gapSeconds: maxGapSeconds } : {},
    };
  }

  /** Why a window is not asked in which nothing moves, or all is measured to be well; undefined where it may be. */
  async #quiet(
    span: FrameWindow['span'],
    figures: { readonly motion: number; readonly change: number; readonly gapSeconds: number },
  ): Promise<Pick<WindowDecision, 'rule' | 'reason' | 'figures' | 'threshold'> | undefined> {
    if (!this.#adaptive) return undefined;
    const { motion: still, maxGapSeconds } = this.#adaptive;
    const gap = span.end - this.#asked!.at;
    if (figures.motion < still && figures.change < still && gap <= maxGapSeconds) {
      const threshold = { motion: still, change: still, gapSeconds: maxGapSeconds };
      return { rule: 'still', reason: 'Nothing moved or changed since the last asked window.', figures, threshold };
    }
    if (this.#calm && gap <= this.#calm.maxGapSeconds && (await this.#calm.holds(span))) {
      const threshold = { gapSeconds: this.#calm.maxGapSeconds };
      return { rule: 'calm', reason: 'Eyes were measured open and on the road.', figures, threshold };
    }
    return undefined;
  }

  #looksAlike(distance: number, motion: number): boolean {
    if (!this.#similar) return false;
    const { distance: most, maxInARow } = this.#similar;
    return distance <= most && motion < maxMotionWhenAlike && this.#takenInARow < maxInARow;
  }

  #ask({ index, span }: FrameWindow, pictures: readonly Picture[]): void {
    this.#asked = { at: span.end, last: pictures.at(-1) as Picture, look: lookOf(pictures), window: index };
    this.#takenInARow = 0;
  }
}

/**
 * A hash of 64 bits does not see an eyelid: a window may take answers only while its most changed tile moves less than
 * this, levels of 255. Windows with labelled states (closed eyes, turned heads) are at 34 and above.
 */
const maxMotionWhenAlike = 24;

const reasons = {
  always: 'Adaptive sampling is off.',
  changed: 'Something moved or changed.',
  gap: 'The last asked window is as far back as is allowed.',
} as const;

/** Between neighbouring frames, the last one of the window before included. */
function motionOf(pictures: readonly Picture[], before: Picture | undefined): number {
  let most = 0;
  let previous = before;
  for (const picture of pictures) {
    if (previous) most = Math.max(most, mostChangedTile(previous, picture));
    previous = picture;
  }
  return most;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function tooShort(base: Pick<WindowDecision, 'window' | 'span'>, frames: number): WindowDecision {
  return {
    ...base,
    asked: false,
    rule: 'short',
    reason: 'Fewer than two frames are left.',
    figures: { frames },
    threshold: { frames: 2 },
  };
}
