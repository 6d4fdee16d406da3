import type { Picture } from '../../core/frame.ts';

/** Lines are read at this height in pixels, the one the weights were trained at. All lengths below are at it. */
export const lineHeight = 48;
/** Wider pieces lose characters: at 480p the error rate was 19 % uncut and 8 % cut. */
const widest = 400;
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
  const sorted = contrast.toSorted();
  const strongest = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  const threshold = Math.max(10, strongest * 0.2);
  const inked = (x: number): boolean => contrast[x]! > threshold;
  const runs: { from: number; to: number }[] = [];
  for (let x = 0; x < contrast.length; x++) {
    if (!inked(x)) continue;
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
    let start = from;
    for (let k = 1; k <= count; k++) {
      const end = k === count ? to : blankest(contrast, from + ((to - from) * k) / count, ((to - from) / count) * 0.35);
      const spaced = start === from ? pieces.length > 0 : blankRun(inked, start, contrast.length) >= wordGap;
      pieces.push({ from: start, to: end, spaced });
      start = end;
    }
  }
  return pieces;
}

/** The column within `reach` of `ideal` around which the least is drawn. */
function blankest(contrast: Float32Array, ideal: number, reach: number): number {
  const around = 5;
  let best = Math.round(ideal);
  let least = Infinity;
  const first = Math.max(around, Math.ceil(ideal - reach));
  for (let x = first; x < Math.min(contrast.length - around, ideal + reach); x++) {
    let sum = 0;
    for (let d = -around; d <= around; d++) sum += contrast[x + d]!;
    if (sum < least) [least, best] = [sum, x];
  }
  return best;
}

function blankRun(inked: (x: number) => boolean, at: number, length: number): number {
  if (inked(at)) return 0;
  let [from, to] = [at, at + 1];
  while (from > 0 && !inked(from - 1)) from--;
  while (to < length && !inked(to)) to++;
  return to - from;
}
