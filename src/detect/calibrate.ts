/** Finding thresholds from what is known: pure, so that it can be tested on numbers. */

/** Of pairs of one slide this share must still be called candidates; of pairs called the same, this share must be. */
const sureShare = 0.99;

export interface PairThresholds {
  /** 99 % of the pairs of one slide are at least this alike. */
  readonly candidate: number;
  /** 99 % of the pairs at least this alike are of one slide. Above every pair where no such similarity exists. */
  readonly same: number;
  /** Probability that a pair of one slide is more alike than a pair of two (area under the ROC curve; Fawcett 2006). */
  readonly auc: number;
}

/** Pairs below which a 99th part cannot be told. */
export const minPairs = { same: 100, different: 100 } as const;

/** @param same similarities of pairs of one slide, `different` of pairs of two; both of at least one */
export function calibratePairs(same: readonly number[], different: readonly number[]): PairThresholds {
  const ascending = same.toSorted((a, b) => a - b);
  const candidate = ascending[Math.floor((1 - sureShare) * ascending.length)]!;
  return { candidate, same: sureFrom(same, different), auc: areaUnderCurve(same, different) };
}

/** The lowest value from which on all thresholds keep `sureShare` of what passes them right. */
function sureFrom(right: readonly number[], wrong: readonly number[]): number {
  const all = [...right.map((value) => ({ value, right: 1 })), ...wrong.map((value) => ({ value, right: 0 }))];
  all.sort((a, b) => b.value - a.value || a.right - b.right);
  let [passed, good, lowest] = [0, 0, Infinity];
  for (const each of all) {
    passed += 1;
    good += each.right;
    if (each.right === 1 && good / passed >= sureShare) lowest = each.value;
  }
  // Nothing known is both alike enough and right often enough: above all of it.
  return lowest === Infinity ? Math.max(...right, ...wrong) + 1e-6 : lowest;
}

function areaUnderCurve(right: readonly number[], wrong: readonly number[]): number {
  const all = [...right.map((value) => ({ value, right: 1 })), ...wrong.map((value) => ({ value, right: 0 }))];
  all.sort((a, b) => a.value - b.value);
  let ranks = 0;
  for (let at = 0; at < all.length;) {
    let end = at;
    while (end < all.length && all[end]!.value === all[at]!.value) end += 1;
    // Equal values share the mean of their ranks.
    const rank = (at + 1 + end) / 2;
    for (; at < end; at += 1) ranks += all[at]!.right * rank;
  }
  return (ranks - (right.length * (right.length + 1)) / 2) / (right.length * wrong.length);
}

export interface ShareResult {
  readonly threshold: number;
  /** Pictures that it decides about, and how many of these rightly. */
  readonly decided: number;
  readonly right: number;
}

/** Pictures of each sort below which a 99th part cannot be told. */
export const minPictures = { slides: 50, others: 20 } as const;

/**
 * The share for the kept labels below which a picture is refused: as high as it can be with at most 1 % of the slides
 * lost.
 */
export function calibrateGate(slides: readonly number[], others: readonly number[]): ShareResult {
  const ascending = slides.toSorted((a, b) => a - b);
  const threshold = ascending[Math.floor((1 - sureShare) * ascending.length)]!;
  const right = others.filter((share) => share < threshold).length;
  return { threshold, decided: right + slides.filter((share) => share < threshold).length, right };
}

/** The confidence from which on 99 % of what labels in words say is right. */
export function calibrateWords(said: readonly { readonly confidence: number; readonly right: boolean }[]): ShareResult {
  const confidences = (right: boolean) => said.filter((one) => one.right === right).map(({ confidence }) => confidence);
  const threshold = Math.min(1, sureFrom(confidences(true), confidences(false)));
  const decided = said.filter(({ confidence }) => confidence >= threshold);
  return { threshold, decided: decided.length, right: decided.filter(({ right }) => right).length };
}
