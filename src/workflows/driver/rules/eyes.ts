import type { DriverFace, EyeEvidence } from '../../../core/face.ts';

/** Both eyes taken together. */
export interface EyesTogether {
  /** Lid distance ÷ eye width, as if seen from the front. */
  readonly openness: number;
  /** The same of the eye that is further open, of those that can be seen at all. */
  readonly widest: number;
  /** How many of them can be seen at all. */
  readonly seen: 0 | 1 | 2;
  /** 0–1, of the better eye. */
  readonly confidence: number;
  /** Mean of what their pictures say, weighed as the openness is; undefined where they say nothing. */
  readonly evidence: EyeEvidence | undefined;
}

/** An eye of which less is seen may lie behind the nose, and measures anything. Measured: 25° of turn, or 9 pixels. */
const leastSeen = 0.2;

/**
 * The eyes' openness, each weighted by the square of its confidence, so that a doubtful far eye says little beside a
 * good near one. An eye turned away is narrower by the cosine of the turn while its lids stay as far apart.
 */
export function eyesTogether(driver: DriverFace): EyesTogether {
  const { left, right, yaw } = driver;
  const [weightLeft, weightRight] = [left.confidence ** 2, right.confidence ** 2];
  const sum = weightLeft + weightRight;
  const mean = sum === 0 ? 0 : (left.openness * weightLeft + right.openness * weightRight) / sum;
  const frontal = Math.cos((yaw * Math.PI) / 180);
  const seen = [left, right].filter((eye) => eye.confidence >= leastSeen).map(({ openness }) => openness);
  return {
    openness: mean * frontal,
    widest: Math.max(mean, ...seen) * frontal,
    seen: seen.length as 0 | 1 | 2,
    confidence: Math.max(left.confidence, right.confidence),
    evidence: evidenceOf(driver),
  };
}

function evidenceOf({ left, right }: DriverFace): EyeEvidence | undefined {
  const eyes = [left, right].flatMap(({ evidence, confidence }) =>
    evidence && confidence > 0 ? [{ evidence, weight: confidence ** 2 }] : [],
  );
  const sum = eyes.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0) return undefined;
  const mean = (of: keyof EyeEvidence): number =>
    eyes.reduce((total, { evidence, weight }) => total + evidence[of] * weight, 0) / sum;
  return { open: mean('open'), down: mean('down'), hidden: mean('hidden') };
}
