import path from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { withoutRepeats, type ScoredBox } from './boxes.ts';
import { crop, type Patch } from './crop.ts';
import { nodeName, readGraphModel, type Weight } from './tfjs/graph-model.ts';

const side = 320;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(side * side * 3);
/** Columns of the network's scores: nothing, then hand, fist, pinch, point, face, tip and pinching tip. */
const classes = 8;
/** Whole hands in some posture; the others are faces and finger tips. */
const postures = [1, 2, 3, 4] as const;
const maxOverlap = 0.4;
/** Where the network answers, inside the package's model. */
const inside = 'StatefulPartitionedCall/';

/** The part of the package's model that is run: without the preparing of pictures and the choosing among boxes. */
export const handCut = {
  inputs: { [`${inside}map/TensorArrayV2Stack/TensorListStack`]: [1, side, side, 3] },
  outputs: [`${inside}concat`, `${inside}Postprocessor/convert_scores`],
} as const;

/** The boxes that the network's answers are relative to; one row for each, as shares of the picture looked at. */
export interface HandAnchors {
  readonly y: Float32Array;
  readonly x: Float32Array;
  readonly height: Float32Array;
  readonly width: Float32Array;
  readonly yScale: Float32Array;
  readonly xScale: Float32Array;
  readonly heightScale: number;
  readonly widthScale: number;
}

/**
 * Reads the anchors out of the package's model, where they are constants of the part that is cut off.
 *
 * @param folder of the package's models
 * @throws FramesiftError `model` where they are not where they were
 */
export async function readHandAnchors(folder: string): Promise<HandAnchors> {
  const file = path.join(folder, 'handtrack.json');
  const { nodes, weights } = await readGraphModel(file);
  const constant = (name: string): Weight => {
    const node = nodes.get(`${inside}Postprocessor/Decode/${name}`);
    const weight = node?.input.map((input) => weights.get(nodeName(input))).find((found) => found !== undefined);
    if (!weight)
      throw new FramesiftError('model', `${file} has no anchors (${name}). Install @vladmandic/human@3.3.6.`);
    return weight;
  };
  return {
    y: constant('add').data,
    x: constant('add_1').data,
    height: constant('mul_1').data,
    width: constant('mul').data,
    yScale: constant('mul_2').data,
    xScale: constant('mul_3').data,
    heightScale: constant('truediv_2').data[0]!,
    widthScale: constant('truediv_3').data[0]!,
  };
}

/** Hands within a square patch of the picture whose score is at least `least`, surest first. */
export async function findHands(
  network: Network,
  anchors: HandAnchors,
  picture: Picture,
  patch: Patch,
  least: number,
): Promise<ScoredBox[]> {
  const pixels = crop(picture, patch, side, side, { scale: 1 / 127.5, offset: -1, into: input });
  const [boxes, scores] = await network.runAll(pixels, [1, side, side, 3]);
  const found: ScoredBox[] = [];
  const [left, top] = [patch.x - patch.width / 2, patch.y - patch.height / 2];
  for (let index = 0; index < anchors.y.length; index++) {
    // Thousands of anchors a look: nothing is made for those that hold no hand.
    let score = 0;
    for (const posture of postures) score = Math.max(score, scores!.data[index * classes + posture]!);
    if (score < least) continue;
    const [y = 0, x = 0, h = 0, w = 0] = boxes!.data.subarray(index * 4, index * 4 + 4);
    const [middleY, middleX] = [
      y * anchors.yScale[index]! + anchors.y[index]!,
      x * anchors.xScale[index]! + anchors.x[index]!,
    ];
    const height = Math.exp(h * anchors.heightScale) * anchors.height[index]!;
    const width = Math.exp(w * anchors.widthScale) * anchors.width[index]!;
    found.push({
      left: left + (middleX - width / 2) * patch.width,
      top: top + (middleY - height / 2) * patch.height,
      right: left + (middleX + width / 2) * patch.width,
      bottom: top + (middleY + height / 2) * patch.height,
      score,
    });
  }
  return withoutRepeats(found, maxOverlap);
}
