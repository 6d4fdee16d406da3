import { fingerprintOf } from './fingerprint.ts';
import { cosineSimilarity, nearestNamed, type Likeness, type Look } from './likeness.ts';
import { compareViews } from './relation.ts';
import type { Comparison } from './relation.ts';
import { StoredView } from './stored-view.ts';
import type { View } from './view.ts';

export const bookSettings = {
  /** Fingerprints further apart than this, in grey levels, are of different slides. */
  fingerprintDistance: 14,
  /** Details of a state, as a share of what is added to it, from which pictures alone make it a build. */
  leastShown: 0.5,
  /** States of one slide that are kept for comparison. */
  statesKept: 12,
} as const;

/** Share of the details that may lie under something alive where two views are found to be one slide by their pictures. */
const mostMasked = 0.3;

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
  /** The most similar slide by the embedder, where there is one and it had something to compare. */
  readonly likeness?: Likeness;
  /** True where the embedder alone named the candidate that the pixels then took, or raised the doubt. */
  readonly byLikeness?: boolean;
}

interface Known {
  readonly slide: number;
  readonly states: StoredView[];
}

/** The state that the embedder finds most like the view. */
interface Alike extends Likeness {
  readonly state: StoredView;
}

interface Candidate {
  readonly known: Known;
  readonly state: StoredView;
  /** Of the fingerprints, grey levels. */
  readonly distance: number;
  readonly similarity: number | undefined;
}

/**
 * Whether what was found to be the same is so without a doubt. On a still recording a speck may be a pointer or a digit: the
 * text has to say. A filmed screen is never the same to the pixel, and its specks say nothing.
 */
const isSure = (comparison: Comparison, { shaky }: View): boolean =>
  shaky || (comparison.rule === 'identical' && sawMost(comparison));

/** Whether little of what there was to compare was hidden by what lives there: a page whose words flew in lived in its words. */
const sawMost = ({ masked, details }: Comparison): boolean => masked <= mostMasked * (masked + details);

/** Remembers the slides seen so far and finds a view's place among them. Memory: some ten kilobytes a state. */
export class SlideBook {
  readonly #slides: Known[] = [];
  #current: Known | undefined;
  #doubt: number | undefined;
  /** The view against what was shown last. */
  #against: Comparison | undefined;

  /**
   * @param view settled, and of a kind that can be a slide
   * @param look the view's vector, where there is an embedder: it names candidates, and doubts; pixels and text decide
   */
  place(view: View, look?: Look): Placement {
    this.#doubt = undefined;
    this.#against = undefined;
    const alike = look ? this.#mostAlike(look) : undefined;
    const placement = this.#continues(view, look) ?? this.#returnsTo(view, look) ?? this.#begins(view, look, alike);
    if (!alike) return placement;
    const { slide, similarity } = alike;
    return { ...placement, likeness: { slide, similarity } };
  }

  #mostAlike({ vector }: Look): Alike | undefined {
    let best: Alike | undefined;
    for (const { slide, states } of this.#slides) {
      for (const state of states) {
        const similarity = state.look ? cosineSimilarity(state.look.vector, vector) : -Infinity;
        if (similarity > (best?.similarity ?? -Infinity)) best = { slide, similarity, state };
      }
    }
    return best;
  }

  /** The view against what was shown last; a cutaway in between does not matter, as it never comes here. */
  #continues(view: View, look: Look | undefined): Placement | undefined {
    const current = this.#current;
    const last = current?.states.at(-1);
    if (!current || !last) return undefined;
    const comparison = compareViews(last.unpack(), view);
    this.#against = comparison;
    const { slide } = current;
    if (comparison.relation === 'differs' && comparison.doubtful) this.#doubt = slide;
    const cleaner = comparison.rule === 'overlay-gone';
    // A pointer over text looks like another digit: the text has to say.
    if (comparison.relation === 'differs' || comparison.rule === 'pointer-over') return undefined;
    if (comparison.relation === 'adds' && !view.shaky && !sawMost(comparison)) return undefined;
    // Hardly anything was there before: what both read has to say whether it is the same page.
    if (comparison.relation === 'adds' && comparison.details < bookSettings.leastShown * comparison.drawn)
      return undefined;
    if (comparison.relation === 'same' && !cleaner && !isSure(comparison, view)) return undefined;
    if (comparison.relation === 'same' && !cleaner) return { slide, what: 'same-slide', comparison, fullest: true };
    current.states.push(new StoredView(view, look));
    if (current.states.length > bookSettings.statesKept) current.states.shift();
    return { slide, what: cleaner ? 'cleared' : 'build', comparison, fullest: true };
  }

  #returnsTo(view: View, look: Look | undefined): Placement | undefined {
    for (const { known, state, distance } of this.#candidates(view, look)) {
      if (!state.mayBe(view)) continue;
      const comparison = compareViews(state.unpack(), view);
      if (comparison.relation === 'differs' && comparison.doubtful) this.#doubt ??= known.slide;
      if (comparison.relation === 'same' && !isSure(comparison, view)) continue;
      // So little more than was seen before is what somebody in front had hidden, or an overlay.
      const little = view.shaky && comparison.doubtful;
      const nearlySame = comparison.relation === 'adds' && (little || comparison.rule === 'overlay-came');
      if (comparison.relation !== 'same' && !nearlySame) continue;
      // What came over an earlier state and left it again was no part of the slide: a message, a tool bar.
      const cleared = known === this.#current && state !== known.states.at(-1);
      const what = known !== this.#current ? 'revisit' : cleared ? 'cleared' : 'same-slide';
      this.#current = known;
      const byLikeness = distance > bookSettings.fingerprintDistance;
      if (cleared) known.states.push(...known.states.splice(known.states.indexOf(state), 1));
      const fullest = known.states.at(-1) === state;
      return { slide: known.slide, what, comparison, fullest, ...(byLikeness ? { byLikeness } : {}) };
    }
    return undefined;
  }

  /** Earlier states that the fingerprint finds close, the closest first; then those that only the embedder does. */
  #candidates(view: View, look: Look | undefined): Candidate[] {
    const fingerprint = fingerprintOf(view);
    const all = this.#slides.flatMap((known) => {
      return known.states.map((state): Candidate => {
        const similarity = look && state.look ? cosineSimilarity(state.look.vector, look.vector) : undefined;
        return { known, state, distance: state.distance(fingerprint), similarity };
      });
    });
    const close = all
      .filter(({ distance }) => distance <= bookSettings.fingerprintDistance)
      .sort((a, b) => a.distance - b.distance);
    if (!look) return close;
    const alike = all
      .filter(({ distance, similarity }) => distance > bookSettings.fingerprintDistance && similarity !== undefined)
      .sort((a, b) => b.similarity! - a.similarity!)
      .filter(({ similarity }) => similarity! >= (look.thresholds?.candidate ?? -Infinity))
      .slice(0, nearestNamed);
    return [...close, ...alike];
  }

  #begins(view: View, look: Look | undefined, alike: Alike | undefined): Placement {
    const same = look?.thresholds?.same ?? Infinity;
    // Where most details agree the pixels could be compared, and what they found different is different: a bar of a
    // chart that grew. Where hardly any does, the light or the camera changed, and their verdict says nothing.
    const comparable = alike?.state.mayBe(view) ?? true;
    const doubtful = this.#doubt === undefined && alike !== undefined && alike.similarity >= same && !comparable;
    if (doubtful) this.#doubt = alike.slide;
    const known = { slide: this.#slides.length, states: [new StoredView(view, look)] };
    this.#slides.push(known);
    this.#current = known;
    const comparison = this.#against;
    return {
      slide: known.slide,
      what: 'new-slide',
      fullest: true,
      ...(comparison ? { comparison } : {}),
      ...(this.#doubt === undefined ? {} : { doubt: this.#doubt }),
      ...(doubtful ? { byLikeness: true } : {}),
    };
  }
}
