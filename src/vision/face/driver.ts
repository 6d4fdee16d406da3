import type { DriverFace, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { eyePatch, measureEye, type EyeShape } from './eye.ts';
import { gazeOf, type WeighedEye } from './gaze.ts';
import { headPose } from './head-pose.ts';
import { distance, pointOf, type FaceMesh, type Point } from './mesh.ts';

/** Inner lips, and the corners of the inner mouth. */
const [upperLip, lowerLip, mouthRight, mouthLeft] = [13, 14, 78, 308] as const;
/** Outlines for drawing: inner lips and the oval of the face, in order around (MediaPipe's face mesh). */
const lips = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95] as const;
const oval = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const;

/** Below 8 pixels from corner to corner an eye is a smudge; from 20 on its lids are told apart well. */
const [minEyePixels, fullEyePixels] = [8, 20] as const;
/** The far eye vanishes behind the nose: measured, it is noise from 30° on; the near one holds to about 50°. */
const [farEyeFades, farEyeGone] = [15, 30] as const;
const [nearEyeFades, nearEyeGone] = [40, 55] as const;

/** Everything measured of one face whose mesh is known. */
export async function measureDriver(
  network: Network,
  picture: Picture,
  mesh: FaceMesh,
  tracked: boolean,
): Promise<DriverFace> {
  const head = headPose(mesh);
  const look = async (side: 'left' | 'right'): Promise<WeighedEye> => {
    const shape = await measureEye(network, picture, eyePatch(mesh, side), side === 'left');
    return { shape, confidence: mesh.confidence * eyeConfidence(shape, side, head.yaw) };
  };
  const [left, right] = [await look('left'), await look('right')];
  const gaze = gazeOf(head, [left, right]);
  const share = ([x, y]: Point): Point => [round(x / picture.width), round(y / picture.height)];
  const outline = oval.map((index) => share(pointOf(mesh, index)));
  const mouth = distance(pointOf(mesh, upperLip), pointOf(mesh, lowerLip));
  return {
    region: around(outline),
    confidence: mesh.confidence,
    tracked,
    left: { openness: left.shape.openness, confidence: left.confidence, evidence: left.shape.evidence },
    right: { openness: right.shape.openness, confidence: right.confidence, evidence: right.shape.evidence },
    yaw: head.yaw,
    pitch: head.pitch,
    roll: head.roll,
    gazeYaw: gaze.yaw,
    gazePitch: gaze.pitch,
    gazeConfidence: gaze.confidence,
    mouthOpening: mouth / distance(pointOf(mesh, mouthRight), pointOf(mesh, mouthLeft)),
    outlines: [
      outline,
      left.shape.outline.map(share),
      right.shape.outline.map(share),
      lips.map((index) => share(pointOf(mesh, index))),
    ],
  };
}

/** Turning towards the image's right (positive yaw) hides the driver's left eye, which lies on that side. */
function eyeConfidence(shape: EyeShape, side: 'left' | 'right', yaw: number): number {
  const turned = side === 'left' ? yaw : -yaw;
  const [fades, gone] = turned > 0 ? [farEyeFades, farEyeGone] : [nearEyeFades, nearEyeGone];
  const byTurn = falling(Math.abs(turned), fades, gone);
  const bySize = 1 - falling(shape.widthPixels, minEyePixels, fullEyePixels);
  return byTurn * bySize;
}

/** 1 up to `from`, 0 from `to` on, a straight line between. */
function falling(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (to - value) / (to - from)));
}

function around(points: readonly Point[]): Region {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, round(Math.max(...xs) - left), round(Math.max(...ys) - top)];
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
