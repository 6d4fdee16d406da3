import type { TextBlock } from '../../../../core/measurement.ts';
import { textSimilarity } from '../../../../detect/text-similarity.ts';

/** A line of text in shares of the picture, so that pictures of any size can be held together. */
export interface PlacedLine {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Shares of the picture. */
export type ShareBox = readonly [left: number, top: number, right: number, bottom: number];

/** Takes a point of one picture to another: x → scale · x + dx, in shares of width and height. */
export interface Placement {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

/** What became of one picture's text in another. Characters, white space left out. */
export interface TextChange {
  readonly placement: Placement;
  readonly total: readonly [before: number, after: number];
  /** At their place, read alike. */
  readonly kept: number;
  /** At their place, read otherwise. */
  readonly changed: number;
  readonly removed: number;
  readonly added: number;
  /** Lines at their place in which nothing but digits differs. */
  readonly numbersChanged: number;
  /** Where those lines are in the later picture. */
  readonly numberLines: readonly PlacedLine[];
  /** Lines that were kept. */
  readonly keptLines: number;
}

const here: Placement = { scale: 1, dx: 0, dy: 0 };

/** Lines below this confidence are guesses. */
const readable = 0.6;

/** Likeness from which two readings are of one line; recognizers get a character in twenty wrong on poor copies. */
const alike = 0.85;

/** Likeness from which a line at the same place is another wording of it, and not simply another line. */
const related = 0.4;

/** How far a line may lie from its place, in shares of the picture. */
const slack = 0.02;

/** A similarity is believed from so many characters in lines that agree on it. */
const fewestCharacters = 6;

export function placedLines(blocks: readonly TextBlock[], width: number, height: number): PlacedLine[] {
  return blocks
    .filter(({ text, confidence }) => confidence >= readable && bare(text) !== '')
    .map(({ text, box: [x, y, w, h] }) => ({
      text,
      x: x / width,
      y: y / height,
      width: w / width,
      height: h / height,
    }));
}

/** Finds where the lines of one picture are in another, under the similarity that explains most of them, and what changed. */
export function compareLines(before: readonly PlacedLine[], after: readonly PlacedLine[]): TextChange {
  const likeness = before.map((a) => after.map((b) => likenessOf(a.text, b.text)));
  const placement = bestPlacement(before, after, likeness);
  const taken = new Set<number>();
  let [kept, keptAfter, changed, changedAfter, removed, keptLines] = [0, 0, 0, 0, 0, 0];
  const numberLines: PlacedLine[] = [];
  for (const [i, a] of before.entries()) {
    const places = after.map((b, j) => (taken.has(j) ? -1 : liesAt(a, b, placement) ? likeness[i]![j]! : -1));
    const j = places.indexOf(Math.max(...places, -0.5));
    // Another reading at the very same place is a change of what stands there, however little they have in common.
    const b = after[j];
    const size = sizeOf(a);
    if (!b || places[j]! < 0) {
      removed += size;
      continue;
    }
    const same = places[j]! >= alike && digitsOf(a.text) === digitsOf(b.text);
    if (!same && places[j]! < related && !covers(a, b, placement)) {
      removed += size;
      continue;
    }
    taken.add(j);
    if (same) {
      kept += size;
      keptAfter += sizeOf(b);
      keptLines += 1;
    } else {
      changed += size;
      changedAfter += sizeOf(b);
      if (withoutDigits(a.text) === withoutDigits(b.text)) numberLines.push(b);
    }
  }
  const total: [number, number] = [sum(before), sum(after)];
  const added = Math.max(0, total[1] - keptAfter - changedAfter);
  return {
    placement,
    total,
    kept,
    changed,
    removed,
    added,
    numbersChanged: numberLines.length,
    numberLines,
    keptLines,
  };
}

function bestPlacement(
  before: readonly PlacedLine[],
  after: readonly PlacedLine[],
  likeness: readonly (readonly number[])[],
): Placement {
  const pairs: [a: PlacedLine, b: PlacedLine][] = [];
  for (const [i, a] of before.entries()) {
    for (const [j, b] of after.entries()) if (likeness[i]![j]! >= alike && sizeOf(a) >= 3) pairs.push([a, b]);
  }
  const support = (placement: Placement): number =>
    pairs.reduce((all, [a, b]) => all + (liesAt(a, b, placement) ? sizeOf(a) : 0), 0);
  let [best, most] = [here, support(here)];
  // Long lines tell the scale best. A few seeds are enough: one of them is right where any is.
  const seeds = pairs.toSorted(([a], [b]) => sizeOf(b) - sizeOf(a)).slice(0, 24);
  for (const [a, b] of seeds) {
    const scale = b.width / a.width;
    if (scale < 0.2 || scale > 5) continue;
    const placement = { scale, dx: b.x - scale * a.x, dy: b.y + b.height / 2 - scale * (a.y + a.height / 2) };
    const all = support(placement);
    // Staying where it is needs no explanation: another place must explain clearly more.
    if (all > 1.2 * most && all >= fewestCharacters) [best, most] = [placement, all];
  }
  return best === here
    ? here
    : refined(
        pairs.filter(([a, b]) => liesAt(a, b, best)),
        best,
      );
}

/** Least squares over the ends and middles of all lines that agree. */
function refined(pairs: readonly (readonly [a: PlacedLine, b: PlacedLine])[], first: Placement): Placement {
  const points = pairs.flatMap(([a, b]) =>
    [0, 1].map((end) => [a.x + end * a.width, a.y + a.height / 2, b.x + end * b.width, b.y + b.height / 2] as const),
  );
  const count = points.length;
  if (count < 4) return first;
  const middle = (of: 0 | 1 | 2 | 3): number => points.reduce((sum, point) => sum + point[of], 0) / count;
  const [mx, my, ms, mt] = [middle(0), middle(1), middle(2), middle(3)];
  let [both, own] = [0, 0];
  for (const [x, y, s, t] of points) {
    both += (x - mx) * (s - ms) + (y - my) * (t - mt);
    own += (x - mx) ** 2 + (y - my) ** 2;
  }
  const scale = own > 1e-6 ? both / own : first.scale;
  return { scale, dx: ms - scale * mx, dy: mt - scale * my };
}

/** Whether `b` begins where `a` is taken to, or ends there, on the same height. */
function liesAt(a: PlacedLine, b: PlacedLine, { scale, dx, dy }: Placement): boolean {
  const left = scale * a.x + dx - b.x;
  const right = scale * (a.x + a.width) + dx - (b.x + b.width);
  const middle = scale * (a.y + a.height / 2) + dy - (b.y + b.height / 2);
  const across = Math.abs(left) <= slack || Math.abs(right) <= slack || left * right < 0;
  return across && Math.abs(middle) <= Math.max(slack / 2, 0.5 * Math.min(b.height, scale * a.height));
}

/** Whether both boxes are the same, but for what a recognizer is off. */
function covers(a: PlacedLine, b: PlacedLine, { scale, dx, dy }: Placement): boolean {
  const overlap = (from: number, size: number, other: number, otherSize: number): number =>
    Math.max(0, Math.min(from + size, other + otherSize) - Math.max(from, other)) / Math.max(size, otherSize, 1e-6);
  const across = overlap(scale * a.x + dx, scale * a.width, b.x, b.width);
  return across > 0.6 && overlap(scale * a.y + dy, scale * a.height, b.y, b.height) > 0.6;
}

const bare = (text: string): string => text.replace(/\s+/gu, '');
const digitsOf = (text: string): string => text.replace(/\D+/gu, '');
const withoutDigits = (text: string): string => bare(text).replace(/\d/gu, '0');
const sizeOf = ({ text }: PlacedLine): number => bare(text).length;
const sum = (lines: readonly PlacedLine[]): number => lines.reduce((all, line) => all + sizeOf(line), 0);

/** As `textSimilarity`, without working it out where lengths already rule it out. */
function likenessOf(a: string, b: string): number {
  if (a === b) return 1;
  const [x, y] = [bare(a).length, bare(b).length];
  return Math.min(x, y) < related * Math.max(x, y) ? 0 : textSimilarity(a.slice(0, 300), b.slice(0, 300));
}
