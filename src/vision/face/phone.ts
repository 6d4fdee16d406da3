import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import type { ScoredBox } from './boxes.ts';
import { crop, type Patch } from './crop.ts';

const side = 512;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(side * side * 3);
/** Cells of the network's answer along a side, each of four pixels. */
const cells = 128;
const cellPixels = side / cells;
/** COCO's classes in order; the phone is number 67 from 0. */
const classes = 80;
const cellPhone = 67;

/**
 * The surest phone within a square patch of the picture, however unsure.
 *
 * @param isOther tells what the network takes for a phone and is none
 */
export async function findPhone(
  network: Network,
  picture: Picture,
  patch: Patch,
  isOther: (box: ScoredBox) => boolean,
): Promise<ScoredBox | undefined> {
  // Colours as they are, 0–255: the network was taught so.
  const pixels = crop(picture, patch, side, side, { scale: 1, offset: 0, into: input });
  const [scores, sizes] = await network.runAll(pixels, [1, side, side, 3]);
  const scale = patch.width / side;
  const startX = patch.x - patch.width / 2;
  const startY = patch.y - patch.height / 2;
  let best: ScoredBox | undefined;
  for (let cell = 0; cell < cells * cells; cell++) {
    const score = scores!.data[cell * classes + cellPhone]!;
    if (score <= (best?.score ?? 0)) continue;
    const [left = 0, up = 0, right = 0, down = 0] = sizes!.data.subarray(cell * 4, cell * 4 + 4);
    if (left + right <= 0 || up + down <= 0) continue;
    const x = (cell % cells) * cellPixels;
    const y = Math.floor(cell / cells) * cellPixels;
    const box = {
      left: startX + (x - left) * scale,
      top: startY + (y - up) * scale,
      right: startX + (x + right) * scale,
      bottom: startY + (y + down) * scale,
      score,
    };
    if (!isOther(box)) best = box;
  }
  return best;
}
