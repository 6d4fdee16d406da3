import type { Picture } from '../../core/frame.ts';
import type { Area } from './resize.ts';

/** Cells from top to bottom of a line: three to four for the height of a small letter, so that each stroke counts. */
const cellRows = 12;
const maxColumns = 960;
/** A cell may differ by this share of the patch's own contrast … */
const share = 0.15;
/** … but by no fewer levels than compression moves it, and no more than a thin grey stroke does. */
const fewest = 6;
const most = 20;

/** What a part of a picture looked like: mean luma of small square cells. */
export interface Signature {
  readonly area: Area;
  readonly cells: Float32Array;
}

/** Luma of `area`, in about twelve rows of square cells, of an RGB picture. */
export function signatureOf(picture: Picture, area: Area): Signature {
  const [width, height] = [area.x1 - area.x0, area.y1 - area.y0];
  const rows = Math.min(cellRows, height);
  const columns = Math.max(1, Math.min(maxColumns, width, Math.round((width * rows) / height)));
  const sums = new Float32Array(rows * columns);
  const counts = new Uint32Array(rows * columns);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    let i = ((area.y0 + y) * picture.width + area.x0) * 3;
    for (let x = 0; x < width; x++, i += 3) {
      const cell = row + Math.floor((x * columns) / width);
      // Green counts double: close enough to luma for telling change.
      sums[cell]! += (picture.data[i]! + 2 * picture.data[i + 1]! + picture.data[i + 2]!) / 4;
      counts[cell]! += 1;
    }
  }
  return { area, cells: sums.map((sum, cell) => sum / counts[cell]!) };
}

/**
 * Whether two signatures of one area show the same. The worst single cell decides, after an even change of brightness
 * is taken out: one digit changed in a long line leaves every mean untouched and moves a few cells by half the contrast.
 */
export function looksSame(before: Signature, after: Signature): boolean {
  const { cells } = before;
  const other = after.cells;
  if (cells.length !== other.length) return false;
  let [lowest, highest, shift] = [255, 0, 0];
  for (let i = 0; i < cells.length; i++) {
    lowest = Math.min(lowest, cells[i]!);
    highest = Math.max(highest, cells[i]!);
    shift += (other[i]! - cells[i]!) / cells.length;
  }
  const allowed = Math.min(most, Math.max(fewest, (highest - lowest) * share));
  for (let i = 0; i < cells.length; i++) {
    if (Math.abs(other[i]! - cells[i]! - shift) > allowed) return false;
  }
  return true;
}
