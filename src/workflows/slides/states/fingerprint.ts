import type { Picture } from '../../../core/frame.ts';
import type { View } from './view.ts';

/** Cells across and down of the coarse picture by which candidates for a revisit are found. */
const columns = 24;
const rows = 14;

/** A view as a few hundred grey levels: enough to rule most earlier slides out without unpacking them. */
export interface Fingerprint {
  readonly levels: Uint8Array;
  /** 0 where too little of the cell is known. */
  readonly known: Uint8Array;
}

export function fingerprintOf({ plate, inset }: Pick<View, 'plate' | 'inset'>): Fingerprint {
  const { picture, known } = plate;
  const sums = new Float64Array(columns * rows);
  const counts = new Uint32Array(columns * rows);
  eachCell(picture, (at, cell, insetCell) => {
    if (known[at] === 0 || inset[insetCell] === 1) return;
    sums[cell] = sums[cell]! + picture.data[at]!;
    counts[cell] = counts[cell]! + 1;
  });
  const full = (picture.width * picture.height) / (columns * rows);
  return {
    levels: Uint8Array.from(sums, (sum, cell) => Math.round(sum / Math.max(1, counts[cell]!))),
    known: Uint8Array.from(counts, (count) => (count > full / 2 ? 1 : 0)),
  };
}

/**
 * Mean difference in grey levels over the three quarters of the cells that agree best, so that somebody who stands in
 * front does not hide a slide from itself. Infinity where too little is known of both.
 */
export function fingerprintDistance(a: Fingerprint, b: Fingerprint): number {
  const differences: number[] = [];
  for (let cell = 0; cell < a.levels.length; cell += 1) {
    if (a.known[cell] === 1 && b.known[cell] === 1) differences.push(Math.abs(a.levels[cell]! - b.levels[cell]!));
  }
  if (differences.length < a.levels.length / 4) return Infinity;
  const best = differences.sort((x, y) => x - y).slice(0, Math.ceil(differences.length * 0.75));
  return best.reduce((sum, value) => sum + value, 0) / best.length;
}

function eachCell({ width, height }: Picture, visit: (at: number, cell: number, gridCell: number) => void): void {
  const gridColumns = Math.ceil(width / 4);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * rows) / height) * columns;
    const gridRow = Math.floor(y / 4) * gridColumns;
    for (let x = 0; x < width; x += 1) {
      visit(y * width + x, row + Math.floor((x * columns) / width), gridRow + Math.floor(x / 4));
    }
  }
}
