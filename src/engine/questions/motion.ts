import type { Picture } from '../../core/frame.ts';

/**
 * Tiles across the longer side: a tile is then as wide as an eye of a driver whose face fills a sixth of the picture
 * (12 of 384 pixels).
 */
const tilesAcross = 32;

/**
 * Mean absolute luma difference of the most changed tile, levels of 255; 255 where the pictures differ in size.
 * The most changed tile, not the mean: closing eyes change two tiles of 600.
 */
export function mostChangedTile(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 255;
  const side = Math.max(1, Math.round(Math.max(a.width, a.height) / tilesAcross));
  let most = 0;
  for (let top = 0; top < a.height; top += side) {
    const bottom = Math.min(top + side, a.height);
    for (let left = 0; left < a.width; left += side) {
      const right = Math.min(left + side, a.width);
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        const row = y * a.width;
        for (let x = left; x < right; x += 1)
          sum += Math.abs((a.data[row + x] as number) - (b.data[row + x] as number));
      }
      most = Math.max(most, sum / ((bottom - top) * (right - left)));
    }
  }
  return most;
}
