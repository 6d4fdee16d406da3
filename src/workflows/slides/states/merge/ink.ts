import type { Picture } from '../../../../core/frame.ts';
import { gridOver, patchesOf } from '../grid.ts';
import { noiseBetween, shiftBetween, unshift } from '../steadiness.ts';
import { wasSeen, type ComparableView } from '../relation.ts';
import { contrastAt, differs } from '../tolerance.ts';
import { isPointerSized } from '../view.ts';
import type { PlacedLine, ShareBox } from './lines.ts';

/** What became of the drawn parts of one picture in another at the same place. Pixels of the small luma picture. */
export interface InkChange {
  /** Pixels that could be compared: known in both, not alive, not left out. */
  readonly compared: number;
  readonly details: readonly [before: number, after: number];
  /** Details before, other or even now. */
  readonly lost: number;
  /** Even before, otherwise now. */
  readonly drawn: number;
  /** Of the lost and drawn ones, those outside of text that was read in either. */
  readonly outsideText: number;
  /** Of the lost and drawn ones, those in the largest patch. */
  readonly largest: number;
  /** Differing patches that are more than noise, and those of them no larger than a pointer. */
  readonly patches: number;
  readonly specks: number;
  /** Differing pixels that one of the views showed both ways while it lasted: something passed over them. Not in `lost` or `drawn`. */
  readonly explained: number;
  /** By how many levels the later picture is brighter all over. Left out of all that differs. */
  readonly light: number;
  /** Share of the cells in which something lives in either. */
  readonly alive: number;
  /** Box around all that differs, shares of the picture; zeros where nothing does. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  /** 1 for each cell in which something differs. */
  readonly cells: Uint8Array;
}

const detailContrast = 24;
const noisePixels = 4;

/** Shifts below and above these, in pixels of the small picture, are noise of a picture at rest, and no nudge. */
const leastShift = 0.1;
const largestShift = 4;

/** Grey levels from which light has changed, and beyond which it is another picture, and every how many pixels it is looked at. */
const leastLight = 8;
const largestLight = 48;

/** Fingerprints of pictures that a nudge explains are no further apart, grey levels. */
const nudged = 6;
const lightStep = 7;

/**
 * @param leftOut what is not compared
 * @param distance of the fingerprints, grey levels: says whether a nudge of the camera or another light can be. Without it
 *   neither is looked for
 */
export function compareInk(
  a: ComparableView,
  b: ComparableView,
  text: readonly PlacedLine[],
  leftOut: readonly ShareBox[] = [],
  distance?: number,
): InkChange {
  const p = a.plate.picture;
  const still = distance !== undefined && distance <= nudged ? inRegister(b.plate.picture, p) : b.plate.picture;
  const light = distance !== undefined && distance >= leastLight ? lightOf(still, p) : 0;
  const q = light === 0 ? still : brightened(still, -light);
  // Light that changes is clipped at black and white, and is no offset alone.
  const tolerance = {
    levels: Math.max(a.tolerance.levels, b.tolerance.levels) + 4 + Math.abs(light) / 2,
    contrastShare: Math.max(a.tolerance.contrastShare, b.tolerance.contrastShare),
  };
  const grid = gridOver(p.width, p.height);
  const [detailsOfP, detailsOfQ] = [detailsOf(p), detailsOf(b.plate.picture)];
  const cells = grid.columns * grid.rows;
  const hidden = cellsIn(p, leftOut);
  const [lostIn, drawnIn] = [new Uint8Array(cells), new Uint8Array(cells)];
  const marked = new Uint8Array(cells);
  let [compared, detailsBefore, detailsAfter, explained] = [0, 0, 0, 0];
  for (let at = 0; at < p.data.length; at += 1) {
    if (a.plate.known[at] === 0 || b.plate.known[at] === 0) continue;
    const cell = grid.cellOf[at]!;
    if (a.inset[cell] === 1 || b.inset[cell] === 1 || hidden[cell] === 1) continue;
    compared += 1;
    const had = detailsOfP[at] === 1;
    if (had) detailsBefore += 1;
    detailsAfter += detailsOfQ[at]!;
    if (!differs(p, q, at, tolerance)) continue;
    if (wasSeen(a.plate, at, q.data[at]!, tolerance) || wasSeen(b.plate, at, p.data[at]!, tolerance)) {
      explained += 1;
      continue;
    }
    marked[cell] = 1;
    const map = had ? lostIn : drawnIn;
    map[cell] = map[cell]! + 1;
  }
  const patches = patchesOf(grid, marked, [lostIn, drawnIn]).filter(
    ({ weights: [lost = 0, drawn = 0] }) => lost + drawn >= noisePixels,
  );
  const inText = cellsIn(
    p,
    text.map(({ x, y, width, height }): ShareBox => [x, y, x + width, y + height]),
  );
  const differing = new Uint8Array(cells);
  let outsideText = 0;
  for (const { cells: those } of patches) {
    for (const cell of those) {
      differing[cell] = 1;
      if (inText[cell] === 0) outsideText += lostIn[cell]! + drawnIn[cell]!;
    }
  }
  const total = (index: 0 | 1): number => patches.reduce((all, { weights }) => all + (weights[index] ?? 0), 0);
  const edge = (least: 'min' | 'max', of: (patch: (typeof patches)[number]) => number): number =>
    patches.length === 0 ? 0 : Math[least](...patches.map(of));
  return {
    compared,
    details: [detailsBefore, detailsAfter],
    lost: total(0),
    drawn: total(1),
    outsideText,
    largest: edge('max', ({ weights: [lost = 0, drawn = 0] }) => lost + drawn),
    patches: patches.length,
    specks: patches.filter(isPointerSized).length,
    explained,
    light,
    alive: a.inset.reduce((sum, alive, cell) => sum + (alive === 1 || b.inset[cell] === 1 ? 1 : 0), 0) / cells,
    box: [
      edge('min', ({ left }) => left) / p.width,
      edge('min', ({ top }) => top) / p.height,
      edge('max', ({ right }) => right) / p.width,
      edge('max', ({ bottom }) => bottom) / p.height,
    ],
    cells: differing,
  };
}

/** A camera that was nudged moves all by less than a few pixels: brought back, if that explains what differs. */
function inRegister(picture: Picture, to: Picture): Picture {
  const shift = shiftBetween(to, picture);
  const size = Math.hypot(shift.dx, shift.dy);
  if (size < leastShift || size > largestShift) return picture;
  const moved = unshift(picture, shift);
  return noiseBetween(to, moved) <= noiseBetween(to, picture) && apart(to, moved) < apart(to, picture)
    ? moved
    : picture;
}

/** By how many levels a picture is brighter all over than another, if that explains most of what differs; else 0. */
function lightOf(picture: Picture, to: Picture): number {
  const differences = Int16Array.from({ length: Math.ceil(picture.data.length / lightStep) }, (_, at) => {
    return picture.data[at * lightStep]! - to.data[at * lightStep]!;
  }).sort();
  const offset = differences[differences.length >> 1]!;
  const changed = Math.abs(offset) >= leastLight && Math.abs(offset) <= largestLight;
  return changed && apart(to, brightened(picture, -offset)) < apart(to, picture) / 4 ? offset : 0;
}

function brightened(picture: Picture, by: number): Picture {
  return { ...picture, data: Uint8Array.from(picture.data, (value) => Math.min(255, Math.max(0, value + by))) };
}

/** Sum of the absolute differences. */
function apart(a: Picture, b: Picture): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at += 1) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum;
}

const known = new WeakMap<Uint8Array, Uint8Array>();

/** 1 for each pixel that is a detail. Worked out once for each picture, as it is held against many. */
function detailsOf(picture: Picture): Uint8Array {
  const found = known.get(picture.data);
  if (found) return found;
  const details = Uint8Array.from(picture.data, (_, at) => (contrastAt(picture, at) > detailContrast ? 1 : 0));
  known.set(picture.data, details);
  return details;
}

/** Whether anything differs where a line stands. */
export function differsAt(ink: InkChange, { picture }: ComparableView['plate'], line: PlacedLine): boolean {
  const cells = cellsIn(picture, [[line.x, line.y, line.x + line.width, line.y + line.height]]);
  return cells.some((inside, cell) => inside === 1 && ink.cells[cell] === 1);
}

/** The cells that boxes touch, and one more around them. */
function cellsIn({ width, height }: Picture, boxes: readonly ShareBox[]): Uint8Array {
  const grid = gridOver(width, height);
  const cells = new Uint8Array(grid.columns * grid.rows);
  for (const [left, top, right, bottom] of boxes) {
    const [from, to] = [
      Math.max(0, Math.floor(left * grid.columns) - 1),
      Math.min(grid.columns, right * grid.columns + 1),
    ];
    for (
      let row = Math.max(0, Math.floor(top * grid.rows) - 1);
      row < Math.min(grid.rows, bottom * grid.rows + 1);
      row += 1
    ) {
      for (let column = from; column < to; column += 1) cells[row * grid.columns + column] = 1;
    }
  }
  return cells;
}

/**
 * Correlation of the luma of one picture with another's under a similarity, −1 to 1: of a slide shown small with the
 * same slide shown large. 0 where either is even there.
 *
 * @param placement takes shares of `a` to shares of `b`
 */
export function correlation(
  a: ComparableView,
  b: ComparableView,
  placement: { readonly scale: number; readonly dx: number; readonly dy: number },
): number {
  const [columns, rows] = [64, 36];
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [u, v] = [(column + 0.5) / columns, (row + 0.5) / rows];
      const [s, t] = [placement.scale * u + placement.dx, placement.scale * v + placement.dy];
      if (s < 0 || s >= 1 || t < 0 || t >= 1) continue;
      const [x, y] = [
        meanAt(a, u, v, 1 / columns, 1 / rows),
        meanAt(b, s, t, placement.scale / columns, placement.scale / rows),
      ];
      if (x === undefined || y === undefined) continue;
      xs.push(x);
      ys.push(y);
    }
  }
  const count = xs.length;
  if (count < 40) return 0;
  const [mx, my] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let at = 0; at < count; at += 1) {
    const [x, y] = [xs[at]! - mx, ys[at]! - my];
    xy += x * y;
    xx += x * x;
    yy += y * y;
  }
  return xx < count || yy < count ? 0 : xy / Math.sqrt(xx * yy);
}

/** Mean luma of a box around a point, all in shares; undefined where too little is known there, or something lives. */
function meanAt(view: ComparableView, u: number, v: number, width: number, height: number): number | undefined {
  const { picture, known } = view.plate;
  const { cellOf } = gridOver(picture.width, picture.height);
  const span = (at: number, size: number, pixels: number): [number, number] => {
    const from = Math.max(0, Math.floor((at - size / 2) * pixels));
    return [from, Math.min(pixels, Math.max(from + 1, Math.round((at + size / 2) * pixels)))];
  };
  const [left, right] = span(u, width, picture.width);
  const [top, bottom] = span(v, height, picture.height);
  let [sum, count] = [0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = y * picture.width + x;
      if (known[at] === 0 || view.inset[cellOf[at]!] === 1) continue;
      sum += picture.data[at]!;
      count += 1;
    }
  }
  return count * 2 < (right - left) * (bottom - top) ? undefined : sum / count;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
