import type { Picture } from '../../core/frame.ts';

/** Lines are read at this height in pixels, the one the weights were trained at. All lengths below are at it. */
export const lineHeight = 48;
/** Wider pieces lose characters (at 480p 19 % of them uncut, 8 % cut), and every cut may hit one. */
const widest = 500;
/** A blank run this wide is not worth reading: two cells of a table, or a number at the right edge. */
const gap = 72;
/** Blank columns kept at the ends of a piece. */
const margin = 6;
/** A blank run this wide at a cut stands for a space; gaps between letters are 2–5, between words 9 and more. */
const wordGap = 8;

/** Columns `from` up to but without `to` of a line's picture. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** Whether a space lies between this piece and the one before. */
  readonly spaced: boolean;
}

interface Cut {
  readonly at: number;
  /** Width of the blank run that it lies in. */
  readonly blank: number;
}

/** For each column the span of green from its darkest to its brightest point, top and bottom edge left out. */
export function columnContrast(line: Picture): Float32Array {
  const { data, width, height } = line;
  const lowest = new Uint8Array(width).fill(255);
  const highest = new Uint8Array(width);
  const edge = Math.round(height / 12);
  for (let y = edge; y < height - edge; y++) {
    let i = y * width * 3 + 1;
    for (let x = 0; x < width; x++, i += 3) {
      const value = data[i]!;
      if (value < lowest[x]!) lowest[x] = value;
      if (value > highest[x]!) highest[x] = value;
    }
  }
  return Float32Array.from(highest, (high, x) => high - lowest[x]!);
}

/** Cuts a line into pieces that can be read well, leaving out what is blank; at least one piece. */
export function splitLine(contrast: Float32Array): Piece[] {
  const threshold = inkThreshold(contrast);
  const runs: { from: number; to: number }[] = [];
  for (let x = 0; x < contrast.length; x++) {
    if (contrast[x]! <= threshold) continue;
    const last = runs.at(-1);
    if (last !== undefined && x - last.to < gap) last.to = x + 1;
    else runs.push({ from: x, to: x + 1 });
  }
  if (runs.length === 0) return [{ from: 0, to: contrast.length, spaced: false }];
  const pieces: Piece[] = [];
  for (const run of runs) {
    const from = Math.max(0, run.from - margin);
    const to = Math.min(contrast.length, run.to + margin);
    const count = Math.ceil((to - from) / widest);
    let next = { from, spaced: pieces.length > 0 };
    for (let k = 1; k < count; k++) {
      const part = (to - from) / count;
      const cut = cutNear(contrast, threshold, from + part * k, part * 0.35);
      pieces.push({ ...next, to: cut.at });
      next = { from: cut.at, spaced: cut.blank >= wordGap };
    }
    pieces.push({ ...next, to });
  }
  return pieces;
}

/** Contrast above which something is drawn in a column. */
function inkThreshold(contrast: Float32Array): number {
  const sorted = contrast.toSorted();
  return Math.max(10, (sorted[Math.floor(sorted.length * 0.95)] ?? 0) * 0.2);
}

/** Where to cut near `ideal`: the middle of the widest blank run, which is a gap between words; else the blankest. */
function cutNear(contrast: Float32Array, threshold: number, ideal: number, reach: number): Cut {
  const first = Math.max(1, Math.ceil(ideal - reach));
  const last = Math.min(contrast.length - 1, Math.floor(ideal + reach));
  let widest = { at: blankest(contrast, first, last), blank: 0 };
  let start = first;
  for (let x = first; x <= last; x++) {
    if (x < last && contrast[x]! <= threshold) continue;
    if (x - start > widest.blank) widest = { at: (start + x) >> 1, blank: x - start };
    start = x + 1;
  }
  return widest;
}

/** The column around which the least is drawn. */
function blankest(contrast: Float32Array, first: number, last: number): number {
  const around = 5;
  let best = (first + last) >> 1;
  let least = Infinity;
  for (let x = first; x < last; x++) {
    let sum = 0;
    for (let d = -around; d <= around; d++) sum += contrast[x + d] ?? 0;
    if (sum < least) [least, best] = [sum, x];
  }
  return best;
}
