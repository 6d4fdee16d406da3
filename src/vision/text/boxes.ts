import type { LineBox } from './line.ts';

/** A pixel belongs to the core of a line above this probability; PaddleOCR's `det_db_thresh`. */
const pixelThreshold = 0.3;
/** Mean probability that a core must have; PaddleOCR uses 0.6, but faint lines are dropped by their reading later. */
const coreThreshold = 0.5;
/** How far a core is grown back to the whole line, as share of area ÷ perimeter; PaddleOCR's `det_db_unclip_ratio`. */
const growth = 1.6;
/** What is drawn below the line of writing reaches further: without this, underscores are cut off. */
const descent = 1.2;
/** Pixels of slant over the length of a core below which the line counts as upright. */
const slantThreshold = 1.5;

/**
 * Lines in a probability map of `width` × `height`, in its pixels: connected cores, grown by the rule of DBNet (Liao
 * et al. 2020, offset = area × ratio ÷ perimeter). Not clipped to the map.
 */
export function findBoxes(map: Float32Array, width: number, height: number): LineBox[] {
  const seen = new Uint8Array(width * height);
  const found: LineBox[] = [];
  const members: number[] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] !== 0 || map[start]! <= pixelThreshold) continue;
    members.length = 0;
    members.push(start);
    seen[start] = 1;
    for (let next = 0; next < members.length; next++) {
      const at = members[next]!;
      const x = at % width;
      const [left, right] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0];
      for (let row = at - width; row <= at + width; row += width) {
        if (row < 0 || row >= seen.length) continue;
        for (let i = row + left; i <= row + right; i++) {
          if (seen[i] === 0 && map[i]! > pixelThreshold) {
            seen[i] = 1;
            members.push(i);
          }
        }
      }
    }
    const box = boxAround(members, map, width);
    if (box !== undefined) found.push(box);
  }
  return found;
}

function boxAround(members: readonly number[], map: Float32Array, width: number): LineBox | undefined {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  let [sum, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (const at of members) {
    const x = at % width;
    const y = (at - x) / width;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
    sum += map[at]!;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const count = members.length;
  const boxWidth = x1 - x0 + 1;
  let boxHeight = y1 - y0 + 1;
  if (boxWidth < 3 || boxHeight < 3 || sum / count < coreThreshold) return undefined;
  // Text that runs across a tilted picture: least squares through the core, where it is long enough to tell.
  let slope = 0;
  if (boxWidth > 2.5 * boxHeight) {
    const variance = sumXX / count - (sumX / count) ** 2;
    slope = variance > 0 ? (sumXY / count - (sumX / count) * (sumY / count)) / variance : 0;
    if (Math.abs(slope) * boxWidth < slantThreshold) slope = 0;
  }
  if (slope !== 0) {
    const middle = (x0 + x1) / 2;
    [y0, y1] = [Infinity, -Infinity];
    for (const at of members) {
      const x = at % width;
      const y = (at - x) / width - slope * (x - middle);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
    boxHeight = y1 - y0 + 1;
  }
  const offset = (boxWidth * boxHeight * growth) / (2 * (boxWidth + boxHeight));
  return { x0: x0 - offset, y0: y0 - offset, x1: x1 + 1 + offset, y1: y1 + 1 + offset * descent, slope };
}
