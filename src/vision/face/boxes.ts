/** A box in pixels with a score of 0–1. */
export interface ScoredBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly score: number;
}

/** Shared area ÷ joint area. */
export function overlapOf(a: ScoredBox, b: ScoredBox): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

export function areaOf({ left, top, right, bottom }: ScoredBox): number {
  return (right - left) * (bottom - top);
}

/** The boxes by falling score, without those that overlap a better one by more than `most`. */
export function withoutRepeats<T extends ScoredBox>(boxes: readonly T[], most: number): T[] {
  const kept: T[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((better) => overlapOf(better, box) <= most)) kept.push(box);
  }
  return kept;
}

/** 0–1 of a network's raw score. */
export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
