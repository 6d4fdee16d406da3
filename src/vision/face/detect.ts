import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { sigmoid, withoutRepeats, type ScoredBox } from './boxes.ts';
import { crop, type Patch } from './crop.ts';

export interface FoundFace extends ScoredBox {
  /** Where landmarks are to be looked for: the box, grown and turned so that the eyes lie level. */
  readonly patch: Patch;
}

const side = 256;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(side * side * 3);
/** Below it, faces in patterned seats and windows are reported (BlazeFace's own default in MediaPipe is 0.5). */
const minScore = 0.5;
const maxOverlap = 0.3;
/** Landmarks were learned with a quarter of the face's size left free on each side (MediaPipe's face_landmark graph). */
export const patchGrowth = 1.5;

/** Centres of BlazeFace's anchors (back-camera model): two on each cell of 16 pixels, six on each of 32. */
const anchors = [
  { cell: 16, count: 2 },
  { cell: 32, count: 6 },
].map(({ cell, count }) => {
  const cells = side / cell;
  return Array.from({ length: cells * cells * count }, (_, index) => {
    const place = Math.floor(index / count);
    return { x: ((place % cells) + 0.5) * cell, y: (Math.floor(place / cells) + 0.5) * cell };
  });
});

/** Finds faces that are at least about a tenth of the longer side of `within` (default: the whole picture). */
export async function detectFaces(
  network: Network,
  picture: Picture,
  within?: Patch,
  leastScore = minScore,
): Promise<FoundFace[]> {
  const whole = { x: picture.width / 2, y: picture.height / 2, width: picture.width, height: picture.height, angle: 0 };
  const area = within ?? whole;
  const longest = Math.max(area.width, area.height);
  const square = { ...area, width: longest, height: longest };
  const pixels = crop(picture, square, side, side, { scale: 1 / 127.5, offset: -1, into: input });
  const [fineScores, coarseScores, fineBoxes, coarseBoxes] = await network.runAll(pixels, [1, side, side, 3]);
  const faces = [
    ...decode(fineScores!.data, fineBoxes!.data, anchors[0]!, square, leastScore),
    ...decode(coarseScores!.data, coarseBoxes!.data, anchors[1]!, square, leastScore),
  ];
  return withoutRepeats(faces, maxOverlap);
}

/** Each row of `boxes`: centre, size, then right eye, left eye, nose, mouth, right ear, left ear, from its anchor. */
function decode(
  scores: Float32Array,
  boxes: Float32Array,
  at: readonly { readonly x: number; readonly y: number }[],
  square: Patch,
  leastScore: number,
): FoundFace[] {
  const scale = square.width / side;
  const [startX, startY] = [square.x - square.width / 2, square.y - square.width / 2];
  const found: FoundFace[] = [];
  for (const [index, anchor] of at.entries()) {
    const score = sigmoid(scores[index]!);
    if (score < leastScore) continue;
    const value = (column: number): number => boxes[index * 16 + column]!;
    const x = (value(0) + anchor.x) * scale + startX;
    const y = (value(1) + anchor.y) * scale + startY;
    const [width, height] = [value(2) * scale, value(3) * scale];
    const size = Math.max(width, height) * patchGrowth;
    const angle = Math.atan2(value(7) - value(5), value(6) - value(4));
    found.push({
      left: x - width / 2,
      top: y - height / 2,
      right: x + width / 2,
      bottom: y + height / 2,
      score,
      patch: { x, y, width: size, height: size, angle },
    });
  }
  return found;
}
