/** A view's vector of unit length, with what is known of the model that made it. */
export interface Look {
  readonly vector: Float32Array;
  /** Cosine similarities; undefined where the model was never calibrated. See `framesift calibrate`. */
  readonly thresholds?: { readonly candidate: number; readonly same: number };
}

/** The most similar of the slides seen before. */
export interface Likeness {
  readonly slide: number;
  /** Cosine similarity, −1 to 1. */
  readonly similarity: number;
}

/** States that a model without thresholds may name as candidates: the pixels decide about each. */
export const nearestNamed = 3;

/** Cosine of the angle between two vectors of unit length. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}
