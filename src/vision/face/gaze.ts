import type { EyeShape } from './eye.ts';
import type { HeadPose } from './head-pose.ts';

/** An eye with how far it can be believed, 0–1. */
export interface WeighedEye {
  readonly shape: EyeShape;
  readonly confidence: number;
}

/**
 * The eye's width ÷ radius of the path of the iris' centre: a fissure of about 30 mm and an eyeball of 12 mm
 * (mean adult figures), so that an iris shifted by a tenth of the eye's width has turned by 14°.
 */
const widthPerRadius = 2.5;
const toDegrees = 180 / Math.PI;

/** The direction of gaze: the head's, with the eyes' own turn added. Degrees, in the head's sense. */
export function gazeOf(
  head: HeadPose,
  eyes: readonly WeighedEye[],
): { yaw: number; pitch: number; confidence: number } {
  const sum = eyes.reduce((total, { confidence }) => total + confidence, 0);
  if (sum === 0) return { yaw: head.yaw, pitch: head.pitch, confidence: 0 };
  const mean = (of: (shape: EyeShape) => number): number =>
    eyes.reduce((total, { shape, confidence }) => total + of(shape) * confidence, 0) / sum;
  const turn = (shift: number): number => Math.asin(Math.min(0.9, Math.max(-0.9, shift * widthPerRadius))) * toDegrees;
  return {
    yaw: head.yaw + turn(mean(({ irisX }) => irisX)),
    pitch: head.pitch - turn(mean(({ irisY }) => irisY)),
    confidence: Math.max(...eyes.map(({ confidence }) => confidence)),
  };
}
