import type { Picture } from '../../core/frame.ts';

/** Cells across and down. */
const columns = 24;
const rows = 14;

/**
 * A picture's grey levels and edges by cell, as a vector of unit length. The levels are taken about their mean, so that
 * the dot product of two is their correlation (normalised cross-correlation) and a change of brightness or contrast
 * does not count; edges tell where something is written also on even ground. Both halves weigh the same.
 */
export function describeLuma({ data, width, height }: Picture): Float32Array {
  const cells = columns * rows;
  const [levels, edges, counts] = [new Float32Array(cells), new Float32Array(cells), new Float32Array(cells)];
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const cell = row + Math.floor((x * columns) / width);
      const level = data[at]!;
      const right = x + 1 < width ? Math.abs(data[at + 1]! - level) : 0;
      const below = y + 1 < height ? Math.abs(data[at + width]! - level) : 0;
      levels[cell]! += level;
      edges[cell]! += right + below;
      counts[cell]! += 1;
    }
  }
  const vector = new Float32Array(2 * cells);
  for (const [half, sums] of [levels, edges].entries()) {
    const means = sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
    const mean = means.reduce((sum, value) => sum + value, 0) / cells;
    const length = Math.hypot(...means.map((value) => value - mean));
    if (length === 0) continue;
    for (let cell = 0; cell < cells; cell += 1) {
      vector[half * cells + cell] = (means[cell]! - mean) / length / Math.SQRT2;
    }
  }
  return vector;
}
