import { fingerprintDistance } from '../fingerprint.ts';
import {
  contentOf,
  pairEvidence,
  templateOf,
  type Evidence,
  type MergeState,
  type Overlay,
  type Surroundings,
} from './evidence.ts';
import { differsAt } from './ink.ts';
import { drawingLikelihood, sameLikelihood } from './likelihood.ts';
import { findOverlay } from './overlay.ts';

/** Why a state was taken for a slide's, or for a new one. */
export interface MergeDecision {
  readonly state: number;
  /** The state that it was held against and found most likely one slide with; undefined for the first. */
  readonly against?: number;
  /** That both are of one slide, 0–1. */
  readonly probability: number;
  readonly evidence?: Evidence;
}

export interface Merged {
  /** States of one slide each, in order of time; slides in order of their first state. */
  readonly slides: readonly (readonly number[])[];
  readonly decisions: readonly MergeDecision[];
  readonly overlay?: Overlay;
}

/** States further apart than this, in grey levels of their fingerprints, with no word in common are not compared. */
const farApart = 20;

/** A word of more than so many states, and more than this share of them, is the deck's and not the page's. */
const commonStates = 3;
const commonShare = 0.3;

/** With so many words in both these tell, but for pictures this near: pages of one deck are all near each other. */
const telling = 2;
const alike = 1;

/** Share of the shorter text's words that both must hold for a closer look. */
const wordsInCommon = 0.35;

/** From this probability on two states are of one slide. */
export const sameThreshold = 0.4;

/** That two states between which a number was edited are of one slide: recognizers misread, where noise moves the drawing too. */
const editedLikelihood = 0.1;

/** A pair of states worth a closer look. */
export interface Pair {
  readonly before: MergeState;
  readonly after: MergeState;
}

/** Every pair that may be of one slide, for training: what merging would look at. */
export function pairsOf(states: readonly MergeState[]): { pairs: Pair[]; surroundings: Surroundings } {
  const surroundings = surroundingsOf(states);
  const { overlay } = surroundings;
  const words = wordsByState(states, overlay);
  const pairs: Pair[] = [];
  for (const [index, after] of states.entries()) {
    for (const [earlier, before] of states.slice(0, index).entries()) {
      if (earlier === index - 1 || mayBeOne(before, after, words.get(before.id)!, words.get(after.id)!))
        pairs.push({ before, after });
    }
  }
  return { pairs, surroundings };
}

/** Decides which states are of one slide. @param states in order of first appearance */
export function mergeStates(states: readonly MergeState[], threshold = sameThreshold): Merged {
  const surroundings = surroundingsOf(states);
  const { overlay } = surroundings;
  const words = wordsByState(states, overlay);
  const slides: MergeState[][] = [];
  const decisions: MergeDecision[] = [];
  for (const [index, state] of states.entries()) {
    let best: { slide: MergeState[]; decision: MergeDecision } | undefined;
    for (const slide of slides) {
      for (const member of slide) {
        const neighbours = member === states[index - 1];
        if (!neighbours && !mayBeOne(member, state, words.get(member.id)!, words.get(state.id)!)) continue;
        const { evidence, text, ink } = pairEvidence(member, state, surroundings);
        const read = member.textState !== undefined && state.textState !== undefined;
        // An edit inside a number is a change, whatever else is alike: both the reading and the drawing show it.
        const edited = text.numberLines.some((line) => differsAt(ink, state.view.plate, line));
        const probability = Math.min(
          edited ? editedLikelihood : 1,
          read ? Math.max(isIdentical(evidence), sameLikelihood(evidence)) : drawingLikelihood(evidence),
        );
        if (probability <= (best?.decision.probability ?? 0)) continue;
        best = { slide, decision: { state: state.id, against: member.id, probability, evidence } };
      }
    }
    decisions.push(best?.decision ?? { state: state.id, probability: 0 });
    if (best && best.decision.probability >= threshold) best.slide.push(state);
    else slides.push([state]);
  }
  return { slides: slides.map((slide) => slide.map(({ id }) => id)), decisions, ...(overlay ? { overlay } : {}) };
}

/** All words at their place and no pixel different: the same, but for a colour of equal brightness. */
const isIdentical = (evidence: Evidence): number =>
  evidence.differingPixels === 0 && evidence.removed + evidence.added + evidence.changed === 0 ? identical : 0;
const identical = 0.9;

function surroundingsOf(states: readonly MergeState[]): Surroundings {
  const overlay = findOverlay(states);
  return { template: templateOf(states), ...(overlay ? { overlay } : {}) };
}

/** The words of each state, by its number, without those that most states have: they tell none from the others. */
function wordsByState(states: readonly MergeState[], overlay: Overlay | undefined): Map<number, Set<string>> {
  const all = states.map((state) => {
    const words = contentOf(state, overlay).flatMap(({ text }) => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []);
    return new Set(words);
  });
  const counts = new Map<string, number>();
  for (const words of all) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.max(commonStates, commonShare * states.length);
  const isTelling = (word: string): boolean => counts.get(word)! <= most;
  return new Map(states.map(({ id }, at) => [id, new Set([...all[at]!].filter(isTelling))]));
}

function mayBeOne(a: MergeState, b: MergeState, wordsOfA: Set<string>, wordsOfB: Set<string>): boolean {
  const fewer = Math.min(wordsOfA.size, wordsOfB.size);
  const distance = fingerprintDistance(a.fingerprint, b.fingerprint);
  if (distance <= (fewer < telling ? farApart : alike)) return true;
  if (fewer === 0) return false;
  let both = 0;
  for (const word of wordsOfA) if (wordsOfB.has(word)) both += 1;
  return both >= wordsInCommon * fewer;
}
