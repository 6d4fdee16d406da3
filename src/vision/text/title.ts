import { heightOf, middleOf, widthOf, type ReadLine } from './line.ts';

/** Titles stand in the upper three quarters: below are footers, page numbers and captions. */
const lowest = 0.75;
/** A line at the very bottom would have to be taller by this share of the tallest than one at the top. */
const drop = 0.6;
/** More lines than this in a row at one height are running text, of which only the first is taken. */
const mostLines = 3;

/**
 * The most prominent text of a slide: tall and far up, with the lines of the same height directly below or beside it.
 * `lines` in reading order, `pictureHeight` in their pixels. Undefined where no line has two letters.
 */
export function chooseTitle(lines: readonly ReadLine[], pictureHeight: number): string | undefined {
  const candidates = lines.filter((line) => /\p{L}.*\p{L}/u.test(line.text) && middleOf(line) < pictureHeight * lowest);
  const tallest = Math.max(...candidates.map(heightOf));
  const prominence = (line: ReadLine): number => heightOf(line) / tallest - (drop * middleOf(line)) / pictureHeight;
  const first = candidates.reduce<ReadLine | undefined>(
    (best, line) => (best === undefined || prominence(line) > prominence(best) ? line : best),
    undefined,
  );
  if (first === undefined) return undefined;
  const group = [first];
  const rows: ReadLine[] = [first];
  // Growing from line to line; a piece beside another continues its row.
  for (let grown = true; grown;) {
    grown = false;
    for (const line of lines) {
      if (group.includes(line)) continue;
      const beside = group.some((other) => continuesRow(other, line));
      if (!beside && !group.some((other) => isNextLine(other, line) || isNextLine(line, other))) continue;
      group.push(line);
      if (!beside) rows.push(line);
      grown = true;
    }
  }
  const title = rows.length > mostLines ? [first] : group;
  return lines
    .filter((line) => title.includes(line))
    .map((line) => line.text)
    .join(' ');
}

const alikeInHeight = (a: ReadLine, b: ReadLine): boolean =>
  Math.abs(heightOf(a) - heightOf(b)) <= 0.2 * Math.max(heightOf(a), heightOf(b));

function continuesRow(a: ReadLine, b: ReadLine): boolean {
  const gap = Math.max(a.x0, b.x0) - Math.min(a.x1, b.x1);
  return alikeInHeight(a, b) && Math.abs(middleOf(a) - middleOf(b)) < heightOf(a) * 0.3 && gap < heightOf(a);
}

function isNextLine(above: ReadLine, below: ReadLine): boolean {
  const distance = below.y0 - above.y1;
  const height = heightOf(above);
  if (!alikeInHeight(above, below) || middleOf(below) <= middleOf(above) || distance > height * 0.5) return false;
  const aligned = Math.abs(above.x0 - below.x0) < height;
  const centred = Math.abs(above.x0 + above.x1 - below.x0 - below.x1) / 2 < height;
  return (aligned || centred) && widthOf(below) > height;
}
