import { heightOf, middleOf, widthOf, type LineBox } from './line.ts';

/** Boxes are taller than their text: this share is taken off at top and bottom before gaps are looked for. */
const slack = 0.15;
/** A column of running text: its lines are on average this many times wider than high. Cells of a table are not. */
const runningWidth = 5;

/**
 * Lines in reading order: top to bottom, and where two or more columns of running text stand side by side, column by
 * column. Tables and captions beside each other are read row by row, from left to right.
 */
export function inReadingOrder<L extends LineBox>(lines: readonly L[]): L[] {
  const strips = cut(lines, 'y', 0);
  // The tallest band of strips that falls into columns; what lies above and below is ordered for itself.
  for (let size = strips.length; size >= 1; size--) {
    for (let start = 0; start + size <= strips.length; start++) {
      const columns = textColumns(strips.slice(start, start + size).flat());
      if (columns === undefined) continue;
      return [
        ...inReadingOrder(strips.slice(0, start).flat()),
        ...columns.flatMap((column) => inReadingOrder(column)),
        ...inReadingOrder(strips.slice(start + size).flat()),
      ];
    }
  }
  return strips.flatMap(inRows);
}

function textColumns<L extends LineBox>(lines: readonly L[]): L[][] | undefined {
  if (lines.length < 4) return undefined;
  const columns = cut(lines, 'x', median(lines.map(heightOf)) * 0.8);
  const running = (column: readonly L[]): boolean =>
    column.length >= 2 && mean(column.map((line) => widthOf(line) / heightOf(line))) >= runningWidth;
  return columns.length >= 2 && columns.every(running) ? columns : undefined;
}

/** Groups of lines between which nothing lies for more than `gap` pixels, in order along the axis. */
function cut<L extends LineBox>(lines: readonly L[], axis: 'x' | 'y', gap: number): L[][] {
  const spanOf = (line: L): [number, number] =>
    axis === 'x' ? [line.x0, line.x1] : [line.y0 + heightOf(line) * slack, line.y1 - heightOf(line) * slack];
  const groups: L[][] = [];
  let end = -Infinity;
  for (const line of lines.toSorted((a, b) => spanOf(a)[0] - spanOf(b)[0])) {
    const span = spanOf(line);
    if (span[0] > end + gap || groups.length === 0) groups.push([line]);
    else groups.at(-1)!.push(line);
    end = Math.max(end, span[1]);
  }
  return groups;
}

/** Lines that share a row have middles within half of the lower one's height. */
function inRows<L extends LineBox>(lines: readonly L[]): L[] {
  const rows: L[][] = [];
  for (const line of lines.toSorted((a, b) => middleOf(a) - middleOf(b))) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (
      row !== undefined &&
      first !== undefined &&
      Math.abs(middleOf(line) - middleOf(first)) < Math.min(heightOf(line), heightOf(first)) / 2
    ) {
      row.push(line);
    } else rows.push([line]);
  }
  return rows.flatMap((row) => row.toSorted((a, b) => a.x0 - b.x0));
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
