import type { DriverFace } from '../../../core/face.ts';

/** Both eyes taken together. */
export interface EyesTogether {
  /** Lid distance ÷ eye width, as if seen from the front. */
  readonly openness: number;
  /** The same of the eye that is further open, of those that can be seen at all. */
  readonly widest: number;
  /** 0–1, of the better eye. */
  readonly confidence: number;
}

/** An eye of which less is seen may lie behind the nose, and measures anything. Measured: 25° of turn, or 9 pixels. */
const leastSeen = 0.2;

/**
 * The eyes' openness, each weighted by the square of its confidence, so that a doubtful far eye says little beside a
 * good near one. An eye turned away is narrower by the cosine of the turn while its lids stay as far apart.
 */
export function eyesTogether({ left, right, yaw }: DriverFace): EyesTogether {
  const [weightLeft, weightRight] = [left.confidence ** 2, right.confidence ** 2];
  const sum = weightLeft + weightRight;
  const mean = sum === 0 ? 0 : (left.openness * weightLeft + right.openness * weightRight) / sum;
  const frontal = Math.cos((yaw * Math.PI) / 180);
  const seen = [left, right].filter((eye) => eye.confidence >= leastSeen).map(({ openness }) => openness);
  return {
    openness: mean * frontal,
    widest: Math.max(mean, ...seen) * frontal,
    confidence: Math.max(left.confidence, right.confidence),
  };
}
