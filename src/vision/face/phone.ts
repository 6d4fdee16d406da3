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
/** COCO's classes in order, from 0. */
const classes = 80;
const [person, cellPhone] = [0, 67] as const;
/** Cells around a phone's middle in which another thing is the same thing by another name. */
const samePlace = 4;

/** What was seen where phones were looked for. */
export interface PhoneLook {
  /** The surest phone, however unsure. */
  readonly phone?: ScoredBox;
  /** Score of the likeliest other thing in its place, 0–1; 0 without a phone. People are no such thing: they hold it. */
  readonly other: number;
  /** Score of the surest person, 0–1. */
  readonly person: number;
}

/**
 * Looks for a phone within a square patch of the picture.
 *
 * @param isOther tells what the network takes for a phone and is none
 * @param isDriver tells whether a person could be the driver
 */
export async function findPhone(
  network: Network,
  picture: Picture,
  patch: Patch,
  isOther: (box: ScoredBox) => boolean,
  isDriver: (box: ScoredBox) => boolean,
): Promise<PhoneLook> {
  // Colours as they are, 0–255: the network was taught so.
  const pixels = crop(picture, patch, side, side, { scale: 1, offset: 0, into: input });
  const [scores, sizes] = await network.runAll(pixels, [1, side, side, 3]);
  const scale = patch.width / side;
  const startX = patch.x - patch.width / 2;
  const startY = patch.y - patch.height / 2;
  const boxOf = (cell: number, score: number): ScoredBox => {
    const [left = 0, up = 0, right = 0, down = 0] = sizes!.data.subarray(cell * 4, cell * 4 + 4);
    const x = (cell % cells) * cellPixels;
    const y = Math.floor(cell / cells) * cellPixels;
    return {
      left: startX + (x - left) * scale,
      top: startY + (y - up) * scale,
      right: startX + (x + right) * scale,
      bottom: startY + (y + down) * scale,
      score,
    };
  };
  let best: ScoredBox | undefined;
  let [bestCell, surestPerson] = [0, 0];
  for (let cell = 0; cell < cells * cells; cell++) {
    const someone = scores!.data[cell * classes + person]!;
    if (someone > surestPerson && isDriver(boxOf(cell, someone))) surestPerson = someone;
    const score = scores!.data[cell * classes + cellPhone]!;
    if (score <= (best?.score ?? 0)) continue;
    const box = boxOf(cell, score);
    if (box.right <= box.left || box.bottom <= box.top) continue;
    if (!isOther(box)) [best, bestCell] = [box, cell];
  }
  const other = best ? otherAround(scores!.data, bestCell) : 0;
  return { ...(best ? { phone: best } : {}), other, person: surestPerson };
}

/** The greatest score of another class about a cell. */
function otherAround(scores: Float32Array, cell: number): number {
  const [middleX, middleY] = [cell % cells, Math.floor(cell / cells)];
  let most = 0;
  for (let y = Math.max(0, middleY - samePlace); y <= Math.min(cells - 1, middleY + samePlace); y++) {
    for (let x = Math.max(0, middleX - samePlace); x <= Math.min(cells - 1, middleX + samePlace); x++) {
      for (let kind = person + 1; kind < classes; kind++) {
        if (kind !== cellPhone) most = Math.max(most, scores[(y * cells + x) * classes + kind]!);
      }
    }
  }
  return most;
}
