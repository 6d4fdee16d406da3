import { heightOf, middleOf, type ReadLine } from './line.ts';

/** Boxes of one line overlap a little or stand closer than this share of their height; cells of a table do not. */
const widestGap = 0.6;

/**
 * Puts together what the detection found in pieces: neighbours in one row, of one height, closer than columns stand.
 * The piece to the right follows after a space.
 */
export function joinPieces(lines: readonly ReadLine[]): ReadLine[] {
  const joined: ReadLine[] = [];
  for (const line of lines.toSorted((a, b) => a.x0 - b.x0)) {
    const index = joined.findIndex((left) => continues(left, line));
    const left = joined[index];
    if (left === undefined) joined.push(line);
    else joined[index] = join(left, line);
  }
  return joined;
}

function continues(left: ReadLine, right: ReadLine): boolean {
  const height = Math.min(heightOf(left), heightOf(right));
  const gap = right.x0 - left.x1;
  // Where the left piece's own slope leads to.
  const expected = middleOf(left) + left.slope * ((right.x0 + right.x1) / 2 - (left.x0 + left.x1) / 2);
  return (
    gap < height * widestGap &&
    gap > -height &&
    Math.abs(middleOf(right) - expected) < height * 0.25 &&
    Math.max(heightOf(left), heightOf(right)) < height * 1.35
  );
}

function join(left: ReadLine, right: ReadLine): ReadLine {
  const [length, added] = [left.text.length, right.text.length];
  return {
    x0: left.x0,
    x1: Math.max(left.x1, right.x1),
    y0: Math.min(left.y0, right.y0),
    y1: Math.max(left.y1, right.y1),
    slope: length >= added ? left.slope : right.slope,
    text: `${left.text} ${right.text}`,
    confidence: (left.confidence * length + right.confidence * added) / (length + added),
  };
}
