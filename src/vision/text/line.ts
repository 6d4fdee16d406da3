import type { Box } from '../../core/measurement.ts';

/**
 * Where a line of text lies, in pixels of its picture. A tilted line is a sheared box: the column at x lies `slope` ×
 * (x − middle) lower than the box says, where the middle is that of the box.
 */
export interface LineBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Pixels down for each pixel to the right; 0 for upright text. */
  readonly slope: number;
}

/** A line that was read. */
export interface ReadLine extends LineBox {
  readonly text: string;
  /** 0–1: mean probability of the characters. */
  readonly confidence: number;
}

export const widthOf = (line: LineBox): number => line.x1 - line.x0;
export const heightOf = (line: LineBox): number => line.y1 - line.y0;
export const middleOf = (line: LineBox): number => (line.y0 + line.y1) / 2;

/** The upright box around a line, within a picture of that size. */
export function boundsOf(line: LineBox, width: number, height: number): Box {
  const lift = Math.abs(line.slope) * (widthOf(line) / 2);
  const [x0, y0] = [Math.max(0, Math.round(line.x0)), Math.max(0, Math.round(line.y0 - lift))];
  const [x1, y1] = [Math.min(width, Math.round(line.x1)), Math.min(height, Math.round(line.y1 + lift))];
  return [x0, y0, x1 - x0, y1 - y0];
}
