import type { LidsMoment } from './driver-clip.ts';

/**
 * Blinks read off crops of the eyes, frame by frame: shut, and unsure on the way down or up, seconds. All other frames of
 * these clips show open eyes.
 */
export const blinkClips: Readonly<
  Record<string, { readonly shut: readonly Stretch[]; readonly unsure: readonly Stretch[] }>
> = {
  'webcam_awake_woman.mp4': {
    shut: [
      [1.08, 1.25],
      [3.8, 3.88],
      [6.8, 6.88],
    ],
    unsure: [
      [1.04, 1.08],
      [1.25, 1.37],
      [3.75, 3.8],
      [3.88, 3.97],
      [6.67, 6.8],
      [6.88, 6.97],
    ],
  },
  'normal_eye_blink.mp4': {
    shut: [
      [0.28, 0.36],
      [1.19, 1.36],
      [2.4, 2.48],
    ],
    unsure: [
      [0.23, 0.28],
      [0.36, 0.6],
      [1.13, 1.19],
      [1.36, 1.56],
      [2.25, 2.4],
      [2.48, 2.66],
    ],
  },
  '../inset/lp_woman_cafe_wide.mp4': {
    shut: [
      [0.25, 0.35],
      [5.36, 5.44],
    ],
    unsure: [
      [0.13, 0.25],
      [0.35, 0.46],
      [5.25, 5.36],
      [5.44, 5.57],
    ],
  },
};

type Stretch = readonly [start: number, end: number];

export interface BlinkScore {
  readonly frames: number;
  readonly shut: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Frames in which eyes are shut or open, unsure ones left out, told as closed or not: the protocol of RT-BENE (Cortacero,
 * Fischer and Demiris, ICCV Workshops 2019), on other recordings and at 10 frames a second. What the program does not
 * measure counts as not closed.
 */
export function scoreBlinks(
  clips: readonly { readonly file: string; readonly lids: readonly LidsMoment[] }[],
): BlinkScore {
  let [frames, shut, found, right] = [0, 0, 0, 0];
  for (const { file, lids } of clips) {
    const { shut: blinks = [], unsure = [] } = blinkClips[file] ?? {};
    const isIn = (stretches: readonly Stretch[], at: number): boolean =>
      stretches.some(([start, end]) => at >= start && at <= end);
    for (const { timeSeconds, closed } of lids) {
      const isShut = isIn(blinks, timeSeconds);
      if (!isShut && isIn(unsure, timeSeconds)) continue;
      frames += 1;
      shut += Number(isShut);
      found += Number(closed);
      right += Number(closed && isShut);
    }
  }
  const [precision, recall] = [right / Math.max(1, found), right / Math.max(1, shut)];
  return { frames, shut, precision, recall, f1: (2 * precision * recall) / Math.max(1e-9, precision + recall) };
}
