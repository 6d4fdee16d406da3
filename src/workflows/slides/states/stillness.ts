import type { Picture } from '../../../core/frame.ts';
import { gridOver, patchesOf } from './grid.ts';
import { differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';

/**
 * How far two pictures of a recording that stands still may lie apart: what crf-28 pulses leave on a flat area, and a
 * fifth of the contrast where edges are coded anew. Whatever else the recording does has no say in this.
 */
export const stillTolerance: Tolerance = { levels: 12, contrastShare: 0.18 };

/** Differing pixels in a patch below which it is noise. */
const noisePixels = 3;

/** With more differing pixels than this nothing needs to be gathered into patches. */
const plainlyMoving = 600;

/** Whether two pictures show the same everywhere, coding noise aside. */
export function standsStill(a: Picture, b: Picture): boolean {
  const grid = gridOver(a.width, a.height);
  const { levels } = stillTolerance;
  const changed = new Uint8Array(grid.columns * grid.rows);
  let count = 0;
  for (let at = 0; at < a.data.length; at += 1) {
    const difference = a.data[at]! - b.data[at]!;
    if (difference <= levels && difference >= -levels) continue;
    if (!differs(a, b, at, stillTolerance)) continue;
    count += 1;
    if (count > plainlyMoving) return false;
    const cell = grid.cellOf[at]!;
    changed[cell] = changed[cell]! + 1;
  }
  if (count < noisePixels) return true;
  const marked = changed.map((pixels) => (pixels > 0 ? 1 : 0));
  return patchesOf(grid, marked, [changed]).every(({ weights }) => weights[0]! < noisePixels);
}
