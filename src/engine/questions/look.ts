import type { Picture } from '../../core/frame.ts';

/** A 64-bit difference hash for each frame of a window. */
export type Look = readonly bigint[];

/**
 * Difference hash: the picture is averaged down to 9 × 8 cells, and each bit says whether a cell is brighter than the
 * one to its left. Survives recompression and changes of light.
 */
export function differenceHash(picture: Picture): bigint {
  const cells = Array.from({ length: 72 }, (_, cell) => meanOf(picture, cell % 9, Math.floor(cell / 9)));
  let hash = 0n;
  for (let row = 0; row < 8; row += 1) {
    for (let column = 0; column < 8; column += 1) {
      const left = cells[row * 9 + column] as number;
      const right = cells[row * 9 + column + 1] as number;
      hash = (hash << 1n) | (right > left ? 1n : 0n);
    }
  }
  return hash;
}

export const lookOf = (pictures: readonly Picture[]): Look => pictures.map(differenceHash);

/** Bits in which the least alike pair of frames differs, 0–64; 64 where the windows have not as many frames. */
export function distanceOf(a: Look, b: Look): number {
  if (a.length !== b.length) return 64;
  return Math.max(...a.map((hash, index) => bitsOf(hash ^ (b[index] as bigint))));
}

function bitsOf(value: bigint): number {
  let bits = 0;
  for (let rest = value; rest > 0n; rest &= rest - 1n) bits += 1;
  return bits;
}

function meanOf({ data, width, height }: Picture, column: number, row: number): number {
  const left = Math.floor((column * width) / 9);
  const right = Math.max(left + 1, Math.floor(((column + 1) * width) / 9));
  const top = Math.floor((row * height) / 8);
  const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / 8));
  let sum = 0;
  for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) sum += data[y * width + x] ?? 0;
  return sum / ((right - left) * (bottom - top));
}
