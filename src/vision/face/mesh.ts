import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { sigmoid } from './boxes.ts';
import { crop, toPicture, type Patch } from './crop.ts';
import { patchGrowth } from './detect.ts';

/** [x, y] in pixels. */
export type Point = readonly [x: number, y: number];

/** The 468 points of a face. */
export interface FaceMesh {
  /** Where it was looked for. */
  readonly patch: Patch;
  /** x, y, z of each point in pixels of a crop 192 wide, with the face upright; z grows away from the camera. */
  readonly points: Float32Array;
  /** 0–1, that the crop shows a face. */
  readonly confidence: number;
}

/** Side of the crop that the mesh is given in. */
export const meshSide = 192;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(meshSide * meshSide * 3);

export async function meshFace(network: Network, picture: Picture, patch: Patch): Promise<FaceMesh> {
  const pixels = crop(picture, patch, meshSide, meshSide, { into: input });
  const [points, flag] = await network.runAll(pixels, [1, meshSide, meshSide, 3]);
  const score = flag!.data[0]!;
  // A probability already in some versions of the model, a raw score in others: the file in use has its sigmoid inside.
  return { patch, points: points!.data, confidence: score >= 0 && score <= 1 ? score : sigmoid(score) };
}

/** A point of the mesh in pixels of the picture. */
export function pointOf(mesh: FaceMesh, index: number): Point {
  return toPicture(mesh.patch, meshSide, meshSide, mesh.points[index * 3]!, mesh.points[index * 3 + 1]!);
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** Outer corners of the eyes: what lies level in an upright face. */
const rightCorner = 33;
const leftCorner = 263;

/** Where the face will be looked for in the next frame: around the mesh, turned so that the eyes lie level. */
export function nextPatch(mesh: FaceMesh): Patch {
  const { points, patch } = mesh;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < points.length; at += 3) {
    left = Math.min(left, points[at]!);
    right = Math.max(right, points[at]!);
    top = Math.min(top, points[at + 1]!);
    bottom = Math.max(bottom, points[at + 1]!);
  }
  const [x, y] = toPicture(patch, meshSide, meshSide, (left + right) / 2, (top + bottom) / 2);
  const size = (Math.max(right - left, bottom - top) / meshSide) * patch.width * patchGrowth;
  const [a, b] = [rightCorner * 3, leftCorner * 3];
  const tilt = Math.atan2(points[b + 1]! - points[a + 1]!, points[b]! - points[a]!);
  return { x, y, width: size, height: size, angle: patch.angle + tilt };
}
