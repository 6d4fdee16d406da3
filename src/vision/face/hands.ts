import { fileURLToPath } from 'node:url';
import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { sigmoid, withoutRepeats, type ScoredBox } from './boxes.ts';
import { crop, type Patch } from './crop.ts';

/** MediaPipe's palm detector (`palm_detection_full`, Apache-2.0), converted ahead by `scripts/networks/convert.ts`. */
export const handNetwork = fileURLToPath(new URL('../../../assets/networks/palm-detection.onnx', import.meta.url));

const side = 192;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(side * side * 3);
/** Numbers a row: centre, size, then seven points, the first of which is the wrist and the third the middle finger's root. */
const columns = 18;
const [wristX, fingerX] = [4, 8] as const;
/** A palm's box is grown and moved along the fingers to hold most of the hand (MediaPipe's graph takes 2.6 and 0.5, with margin). */
const [handGrowth, handShift] = [1.6, 0.4] as const;
const maxOverlap = 0.3;

/** Centres of the anchors: two on each of 24 × 24 cells, six on each of 12 × 12 (MediaPipe's SSD options for this network). */
const anchors = [
  { cells: 24, count: 2 },
  { cells: 12, count: 6 },
].flatMap(({ cells, count }) =>
  Array.from({ length: cells * cells * count }, (_, index) => {
    const place = Math.floor(index / count);
    return { x: ((place % cells) + 0.5) / cells, y: (Math.floor(place / cells) + 0.5) / cells };
  }),
);

/** Hands within a square patch of the picture whose score is at least `least`, surest first, as squares about most of each. */
export async function findHands(network: Network, picture: Picture, patch: Patch, least: number): Promise<ScoredBox[]> {
  const pixels = crop(picture, patch, side, side, { into: input });
  const [boxes, scores] = await network.runAll(pixels, [1, side, side, 3]);
  const found: ScoredBox[] = [];
  const [left, top] = [patch.x - patch.width / 2, patch.y - patch.height / 2];
  for (const [index, anchor] of anchors.entries()) {
    const score = sigmoid(scores!.data[index]!);
    if (score < least) continue;
    const value = (column: number): number => boxes!.data[index * columns + column]! / side;
    const size = Math.max(value(2), value(3));
    const [alongX, alongY] = [value(fingerX) - value(wristX), value(fingerX + 1) - value(wristX + 1)];
    const length = Math.hypot(alongX, alongY) || 1;
    const x = left + (anchor.x + value(0) + (alongX / length) * handShift * size) * patch.width;
    const y = top + (anchor.y + value(1) + (alongY / length) * handShift * size) * patch.height;
    const half = (size * handGrowth * patch.width) / 2;
    found.push({ left: x - half, top: y - half, right: x + half, bottom: y + half, score });
  }
  return withoutRepeats(found, maxOverlap);
}
