/**
 * Likeness of two texts, 0–1: one minus the edit distance (Levenshtein 1966) over the longer length, white space and
 * case left out, for recognisers disagree about both.
 */
export function textSimilarity(a: string, b: string): number {
  const [x, y] = [bare(a), bare(b)];
  const longer = Math.max(x.length, y.length);
  return longer === 0 ? 1 : 1 - editDistance(x, y) / longer;
}

/** True when two readings are of the same text, give or take what a recogniser gets wrong; digits must agree. */
export function isSameText(a: string, b: string, threshold = 0.97): boolean {
  return digits(a) === digits(b) && textSimilarity(a, b) >= threshold;
}

const bare = (text: string): string => text.replace(/\s+/gu, '').toLowerCase();
const digits = (text: string): string => text.replace(/\D+/gu, '');

function editDistance(a: string, b: string): number {
  let row = Uint32Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = new Uint32Array(b.length + 1);
    next[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const swap = row[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      next[j] = Math.min(swap, row[j]! + 1, next[j - 1]! + 1);
    }
    row = next;
  }
  return row[b.length]!;
}
