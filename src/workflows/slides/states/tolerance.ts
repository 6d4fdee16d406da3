import type { Picture } from '../../../core/frame.ts';

/** How far two luma values of the same unchanged thing may lie apart. */
export interface Tolerance {
  /** Grey levels, everywhere. */
  readonly levels: number;
  /** Share of the local contrast (lightest minus darkest of the 3×3 neighbourhood), for edges that do not sit still. */
  readonly contrastShare: number;
}

/** The luma values at one place differ by more than noise, ringing and residual shift explain. */
export function differs(a: Picture, b: Picture, at: number, tolerance: Tolerance): boolean {
  const difference = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
  // The costly look at the neighbourhood is for the few pixels that differ at all.
  if (difference <= tolerance.levels) return false;
  const contrast = Math.max(contrastAt(a, at), contrastAt(b, at));
  return difference > tolerance.levels + tolerance.contrastShare * contrast;
}

/** Lightest minus darkest value of the 3×3 neighbourhood. */
export function contrastAt({ data, width, height }: Picture, at: number): number {
  const y = Math.floor(at / width);
  const x = at - y * width;
  const x0 = x > 0 ? -1 : 0;
  const x1 = x < width - 1 ? 1 : 0;
  let low = 255;
  let high = 0;
  for (let row = y > 0 ? -1 : 0; row <= (y < height - 1 ? 1 : 0); row += 1) {
    const line = at + row * width;
    for (let column = x0; column <= x1; column += 1) {
      const value = data[line + column] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high - low;
}
