import type { EyeEvidence } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { crop, toPicture, type Patch } from './crop.ts';
import { eyeEvidence } from './eye-state.ts';
import { distance, pointOf, type FaceMesh, type Point } from './mesh.ts';

/** What the iris network sees of one eye. Shares are of the eye's width, corner to corner. */
export interface EyeShape {
  /** Mean distance between the lids, as a share; slightly negative at the least. */
  readonly openness: number;
  /** The iris' centre from the middle between the corners; x grows towards the image's right, y downward. */
  readonly irisX: number;
  readonly irisY: number;
  /** Corner to corner, pixels of the picture. */
  readonly widthPixels: number;
  /** What the picture itself says. */
  readonly evidence: EyeEvidence;
  /** The lids in the picture, for drawing: around the eye, lower lid first. */
  readonly outline: readonly Point[];
}

/** Side of the picture that the network is shown. */
export const eyeSide = 64;
/** The network's input; one picture is looked at at a time. */
const input = new Float32Array(eyeSide * eyeSide * 3);
/** The crop is this many times as wide as the eye (MediaPipe's iris_landmark graph). */
const cropGrowth = 2.3;
/** The network's first 71 points are the eye's contour and brow, the last five the iris: centre, then four around it. */
const irisCentre = 71;
/** Along the lower lid from the outer corner (0) to the inner (8); the upper lid follows, 9 above 1 … 15 above 7. */
const innerCorner = 8;
const lidPairs = [1, 2, 3, 4, 5, 6, 7] as const;

/** Corners of the eyes in the mesh: outer and inner. Left and right are the driver's own. */
export const eyeCorners = { right: [33, 133], left: [263, 362] } as const;

/** The patch around an eye, and whether it has to be mirrored: the network was taught right eyes. */
export function eyePatch(mesh: FaceMesh, side: 'left' | 'right'): Patch {
  const [outer, inner] = eyeCorners[side];
  const [a, b] = [pointOf(mesh, outer), pointOf(mesh, inner)];
  const size = distance(a, b) * cropGrowth;
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, width: size, height: size, angle: mesh.patch.angle };
}

/** What the network makes of a picture of an eye, {@link eyeSide} pixels along a side: its outputs, one after another. */
export async function eyeFeatures(network: Network, pixels: Float32Array): Promise<Float32Array> {
  const outputs = await network.runAll(pixels, [1, eyeSide, eyeSide, 3]);
  const features = new Float32Array(outputs.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of outputs) {
    features.set(data, at);
    at += data.length;
  }
  return features;
}

/** Looks at one eye. `mirrored` for the left one. */
export async function measureEye(
  network: Network,
  picture: Picture,
  patch: Patch,
  mirrored: boolean,
): Promise<EyeShape> {
  const pixels = crop(picture, patch, eyeSide, eyeSide, { mirrored, outside: 'edge', into: input });
  const features = await eyeFeatures(network, pixels);
  const point = (index: number): Point => [features[index * 3]!, features[index * 3 + 1]!];
  const [outer, inner, iris] = [point(0), point(innerCorner), point(irisCentre)];
  const width = distance(outer, inner);
  // Signed, across the eye: the lines of shut lids cross each other, and a plain distance would call that an opening.
  const across = [-(inner[1] - outer[1]) / width, (inner[0] - outer[0]) / width] as const;
  const gaps = lidPairs.map((index) => {
    const [lower, upper] = [point(index), point(innerCorner + index)];
    return (lower[0] - upper[0]) * across[0] + (lower[1] - upper[1]) * across[1];
  });
  const openness = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / width;
  const around = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 14, 13, 12, 11, 10, 9];
  return {
    openness,
    irisX: ((iris[0] - (outer[0] + inner[0]) / 2) / width) * (mirrored ? -1 : 1),
    irisY: (iris[1] - (outer[1] + inner[1]) / 2) / width,
    evidence: eyeEvidence(features),
    widthPixels: (width / eyeSide) * patch.width,
    outline: around.map((index) => {
      const [x, y] = point(index);
      return toPicture(patch, eyeSide, eyeSide, mirrored ? eyeSide - x : x, y);
    }),
  };
}
