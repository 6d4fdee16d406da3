import type { Frame, Picture } from '../../core/frame.ts';

const known = new WeakMap<Frame, Map<number, Promise<Picture>>>();

/**
 * The frame in colour, its shorter side at least `side` pixels where the frame has as many. Converted once for each
 * size, however many models look at it: the gate, the kinds and the embedder mostly want the same.
 */
export function pixelsOf(frame: Frame, side: number): Promise<Picture> {
  const { width, height } = frame.luma;
  const longestSide = Math.ceil((side * Math.max(width, height)) / Math.min(width, height));
  const sizes = known.get(frame) ?? new Map<number, Promise<Picture>>();
  known.set(frame, sizes);
  const pixels = sizes.get(longestSide) ?? frame.rgb({ longestSide });
  sizes.set(longestSide, pixels);
  return pixels;
}
