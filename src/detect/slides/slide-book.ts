import { fingerprintOf } from './fingerprint.ts';
import { compareViews } from './relation.ts';
import type { Comparison } from './relation.ts';
import { StoredView } from './stored-view.ts';
import type { View } from './view.ts';

export const bookSettings = {
  /** Fingerprints further apart than this, in grey levels, are of different slides. */
  fingerprintDistance: 14,
  /** States of one slide that are kept for comparison. */
  statesKept: 12,
} as const;

/** What a view turned out to be. `cleared`: the same slide once an overlay had gone. */
export interface Placement {
  readonly slide: number;
  readonly what: 'new-slide' | 'same-slide' | 'build' | 'cleared' | 'revisit';
  /** The comparison that decided, where there was one. */
  readonly comparison?: Comparison;
  /** Another slide that this new one may be after all: the difference was so small that text should be asked. */
  readonly doubt?: number;
  /** The view shows the fullest state of its slide so far. */
  readonly fullest: boolean;
}

interface Known {
  readonly slide: number;
  readonly states: StoredView[];
}

/** Remembers the slides seen so far and finds a view's place among them. Memory: some ten kilobytes a state. */
export class SlideBook {
  readonly #slides: Known[] = [];
  #current: Known | undefined;
  #doubt: number | undefined;
  /** The view against what was shown last. */
  #against: Comparison | undefined;

  /** @param view settled, and of a kind that can be a slide */
  place(view: View): Placement {
    this.#doubt = undefined;
    this.#against = undefined;
    return this.#continues(view) ?? this.#returnsTo(view) ?? this.#begins(view);
  }

  /** The view against what was shown last; a cutaway in between does not matter, as it never comes here. */
  #continues(view: View): Placement | undefined {
    const current = this.#current;
    const last = current?.states.at(-1);
    if (!current || !last) return undefined;
    const comparison = compareViews(last.unpack(), view);
    this.#against = comparison;
    const { slide } = current;
    if (comparison.relation === 'differs' && comparison.doubtful) this.#doubt = slide;
    const cleaner = comparison.rule === 'overlay-gone';
    if (comparison.relation === 'differs') return undefined;
    if (comparison.relation === 'same' && !cleaner) return { slide, what: 'same-slide', comparison, fullest: true };
    current.states.push(new StoredView(view));
    if (current.states.length > bookSettings.statesKept) current.states.shift();
    return { slide, what: cleaner ? 'cleared' : 'build', comparison, fullest: true };
  }

  #returnsTo(view: View): Placement | undefined {
    const fingerprint = fingerprintOf(view);
    const candidates = this.#slides
      .flatMap((known) => known.states.map((state) => ({ known, state, distance: state.distance(fingerprint) })))
      .filter(({ distance }) => distance <= bookSettings.fingerprintDistance)
      .sort((a, b) => a.distance - b.distance);
    for (const { known, state } of candidates) {
      if (!state.mayBe(view)) continue;
      const comparison = compareViews(state.unpack(), view);
      if (comparison.relation === 'differs' && comparison.doubtful) this.#doubt ??= known.slide;
      // So little more than was seen before is what somebody in front had hidden, or an overlay.
      const nearlySame = comparison.relation === 'adds' && (comparison.doubtful || comparison.rule === 'overlay-came');
      if (comparison.relation !== 'same' && !nearlySame) continue;
      const what = known === this.#current ? 'same-slide' : 'revisit';
      this.#current = known;
      return { slide: known.slide, what, comparison, fullest: known.states.at(-1) === state };
    }
    return undefined;
  }

  #begins(view: View): Placement {
    const known = { slide: this.#slides.length, states: [new StoredView(view)] };
    this.#slides.push(known);
    this.#current = known;
    const comparison = this.#against;
    return {
      slide: known.slide,
      what: 'new-slide',
      fullest: true,
      ...(comparison ? { comparison } : {}),
      ...(this.#doubt === undefined ? {} : { doubt: this.#doubt }),
    };
  }
}
