import type { Box, LineBox, ReadLine } from '../../core/measurement.ts';

export type { LineBox, ReadLine } from '../../core/measurement.ts';

/** What stands in a line. */
export type LineText = Pick<ReadLine, 'text' | 'confidence'>;

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
