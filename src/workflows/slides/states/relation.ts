import { cellSide, gridOver, patchesOf } from './grid.ts';
import type { Patch } from './grid.ts';
import { shiftBetween, unshift } from './steadiness.ts';
import { contrastAt, differs } from './tolerance.ts';
import type { Plate } from './plate.ts';
import type { Tolerance } from './tolerance.ts';
import type { View } from './view.ts';

/** What of a view a comparison looks at. */
export type ComparableView = Pick<View, 'plate' | 'inset' | 'tolerance' | 'shaky'> & Partial<Pick<View, 'still'>>;

/** How the later of two views stands to the earlier one. */
export type Relation = 'same' | 'adds' | 'differs';

export interface Comparison {
  readonly relation: Relation;
  /** Pixels where the earlier view had a detail and the later one is even. */
  readonly erased: number;
  /** Pixels where one detail took another's place. */
  readonly redrawn: number;
  /** Pixels where the earlier view was even and the later one is different. */
  readonly drawn: number;
  /** Pixels with details in the earlier view. */
  readonly details: number;
  /** Those of the earlier view that were not compared: something lives there, or one view showed both. */
  readonly masked: number;
  /** Pixels known in both views. */
  readonly compared: number;
  /** The views differ by so little that a text reading should be asked. */
  readonly doubtful: boolean;
  readonly rule: string;
}

export const relationSettings = {
  /** Contrast from which a pixel is a detail, grey levels. */
  detailContrast: 24,
  /** Differing pixels a patch needs to be more than noise, on a still and on a shaky recording. */
  patchPixels: 4,
  /** The same where nothing moved in either: a digit that was changed takes little more. */
  patchPixelsStill: 3,
  patchPixelsShaky: 14,
  /** Erased or redrawn pixels a patch needs to be a replacement, on a still and on a shaky recording. */
  replacedPixels: 6,
  replacedPixelsShaky: 40,
  /** Up to this size (luma pixels) a patch may be a mouse pointer. */
  pointerSide: 12,
  /** Share of a speck's pixels that must have appeared, or vanished, for it to be a pointer that came or left. */
  speckPurity: 0.7,
  /** A page number is found in the outermost part of the height (above and below) and takes this much of the picture. */
  marginShare: 0.1,
  pageNumberWidth: 0.14,
  pageNumberHeight: 0.06,
  /** Somebody who stands in front reaches the picture's edge and hides at least, and at most, this share of it. */
  occluderLeast: 0.004,
  occluderMost: 0.3,
  /** Share of the details that somebody in front may hide; more is a change of content that looks like a figure. */
  occluderHides: 0.2,
  /** Such a person's patch: share of it without details, height over width, and where its lower end lies at least. */
  figureSolid: 0.6,
  figureUpright: 1.1,
  figureBottom: 0.6,
  /** Details that must remain visible for two pictures to be held together past somebody who stands in front. */
  sharedDetails: 0.6,
  /** Details a picture needs for another one to be an addition to it: anything adds to a blank page. */
  leastDetails: 100,
  /** The same as a share of what is added: hardly anything was there before. */
  leastOfDrawn: 0.15,
  /** Share of the earlier picture's details that may go without it being a replacement: what a redrawn edge costs. */
  lostShare: 0.012,
  lostShareShaky: 0.04,
  /** A difference of fewer pixels than this share of the details may still be a pointer or a stain. */
  doubtfulShare: 0.02,
  /** Overlays of players and meetings stay this close to the picture's upper and lower edge, share of its height. */
  overlayMargin: 0.15,
  overlayRedrawn: 0.1,
  /** Rows or columns that the edge of a wipe takes, luma pixels. */
  wipeEdge: 4,
  wipeEdgeShaky: 8,
} as const;

/** A differing patch and what became of its pixels. */
interface Change extends Patch {
  readonly differing: number;
  readonly erased: number;
  readonly redrawn: number;
  readonly drawn: number;
  /** Pixels in and about it that showed two things within one of the views. */
  readonly unsettled: number;
  /** Of the drawn ones, those without a detail before and after: an area that changed its level. */
  readonly filled: number;
}

/**
 * Compares the still content of two views. `earlier` and `later` name the roles: what the later one adds makes it a
 * build of the same slide; what it loses or replaces makes it another.
 */
export function compareViews(earlier: ComparableView, later: ComparableView): Comparison {
  const shaky = earlier.shaky || later.shaky;
  const still = earlier.still === true && later.still === true;
  const settings = relationSettings;
  const a = earlier.plate.picture;
  const b = shaky ? unshift(later.plate.picture, shiftBetween(a, later.plate.picture)) : later.plate.picture;
  const tolerance = {
    levels: Math.max(earlier.tolerance.levels, later.tolerance.levels) + (still ? 0 : 4),
    contrastShare: Math.max(earlier.tolerance.contrastShare, later.tolerance.contrastShare),
  };
  const grid = gridOver(a.width, a.height);
  const cells = grid.columns * grid.rows;
  const [erased, redrawn, drawn] = [new Uint8Array(cells), new Uint8Array(cells), new Uint8Array(cells)];
  const [unsettled, filled] = [new Uint8Array(cells), new Uint8Array(cells)];
  const marked = new Uint8Array(cells);
  const lost: number[] = [];
  const isDetail = Uint8Array.from(a.data, (_, at) => (contrastAt(a, at) > settings.detailContrast ? 1 : 0));
  dropRules(isDetail, a.width, a.height);
  let details = 0;
  let compared = 0;
  let masked = 0;
  let explained = 0;
  for (let at = 0; at < a.data.length; at += 1) {
    if (earlier.plate.known[at] === 0) continue;
    const cell = grid.cellOf[at]!;
    if (later.plate.known[at] === 0) {
      masked += isDetail[at]!;
      continue;
    }
    if (earlier.inset[cell] === 1 || later.inset[cell] === 1) {
      masked += isDetail[at]!;
      continue;
    }
    compared += 1;
    if (earlier.plate.hasOther[at] === 1 || later.plate.hasOther[at] === 1) unsettled[cell] = unsettled[cell]! + 1;
    const had = isDetail[at] === 1;
    if (had) details += 1;
    if (!differs(a, b, at, tolerance)) continue;
    if (wasSeen(earlier.plate, at, b.data[at]!, tolerance) || wasSeen(later.plate, at, a.data[at]!, tolerance)) {
      explained += 1;
      if (had) masked += 1;
      continue;
    }
    marked[cell] = 1;
    if (had) lost.push(at);
    const has = contrastAt(b, at) > settings.detailContrast;
    if (!had && !has) filled[cell] = filled[cell]! + 1;
    const map = !had ? drawn : has ? redrawn : erased;
    map[cell] = map[cell]! + 1;
  }
  const least = shaky ? settings.patchPixelsShaky : still ? settings.patchPixelsStill : settings.patchPixels;
  const changes = patchesOf(grid, marked, [erased, redrawn, drawn, unsettled, filled])
    .map((patch): Change => {
      const [erased = 0, redrawn = 0, drawn = 0, unsettled = 0, filled = 0] = patch.weights;
      return { ...patch, differing: erased + redrawn + drawn, erased, redrawn, drawn, unsettled, filled };
    })
    .filter(({ differing }) => differing >= least);
  const { width, height } = a;
  return judge(changes, { details, masked, explained, lost, compared, shaky, still, width, height });
}

interface Facts {
  readonly details: number;
  readonly masked: number;
  /** Differing pixels that one of the views showed both ways while it lasted: something came or left there. */
  readonly explained: number;
  /** Where details of the earlier view went, pixel indices. */
  readonly lost: readonly number[];
  readonly compared: number;
  readonly shaky: boolean;
  readonly still: boolean;
  readonly width: number;
  readonly height: number;
}

function judge(all: readonly Change[], facts: Facts): Comparison {
  const settings = relationSettings;
  const result = (relation: Relation, rule: string, changes: readonly Change[]): Comparison => {
    const { details, masked, compared } = facts;
    const [erased, redrawn, drawn] = [total(changes, 'erased'), total(changes, 'redrawn'), total(changes, 'drawn')];
    const doubtful = relation !== 'same' && erased + redrawn + drawn <= settings.doubtfulShare * details;
    return { relation, rule, details, masked, compared, doubtful, erased, redrawn, drawn };
  };
  if (facts.compared < 0.2 * facts.width * facts.height) return result('differs', 'too-little-in-common', all);
  const content = withoutPointer(withoutOccluder(all, facts), facts);
  if (content.length === 0) {
    const redrawn = all.some((change) => isSpeck(change) && isRedrawn(change));
    return result('same', all.length === 0 ? 'identical' : redrawn ? 'pointer-over' : 'pointer-or-person', all);
  }
  const body = content.filter((change) => !isPageNumber(change, facts));
  if (body.length === 0) return result('same', 'page-number', content);
  const blank = facts.details < Math.max(settings.leastDetails, settings.leastOfDrawn * total(body, 'drawn'));
  if (blank) return result('differs', 'blank-before', body);
  if (isOverlay(body, facts)) {
    const gone = total(body, 'erased') > total(body, 'drawn');
    return gone ? result('same', 'overlay-gone', body) : result('adds', 'overlay-came', body);
  }
  const lost = total(body, 'erased') + total(body, 'redrawn');
  const share = facts.shaky ? settings.lostShareShaky : settings.lostShare;
  // Where both stood still nothing but a change explains a difference: the text has to say which.
  const replaced = facts.still ? lost > 0 : body.some((change) => isReplacement(change, facts));
  if (!replaced && lost <= share * facts.details) {
    return total(body, 'drawn') > lost ? result('adds', 'only-adds', body) : result('same', 'residue', body);
  }
  if (isWipe(body, facts)) return result('adds', 'wipe', body);
  return result('differs', 'content-replaced', body);
}

function total(changes: readonly Change[], key: 'erased' | 'redrawn' | 'drawn'): number {
  return changes.reduce((sum, change) => sum + change[key], 0);
}

/** Only the margins changed, and nothing in them was exchanged: a control bar, a hint of the player, a notification. */
function isOverlay(body: readonly Change[], { height, details }: Facts): boolean {
  const { overlayMargin, overlayRedrawn, sharedDetails } = relationSettings;
  const [erased, redrawn] = [total(body, 'erased'), total(body, 'redrawn')];
  const differing = body.reduce((sum, change) => sum + change.differing, 0);
  return (
    redrawn <= overlayRedrawn * differing &&
    erased <= (1 - sharedDetails) * details &&
    body.every(({ top, bottom }) => bottom <= overlayMargin * height || top >= (1 - overlayMargin) * height)
  );
}

/** The patch takes something away; a patch that only draws onto an even area takes nothing but the area's edge. */
function isReplacement({ differing, erased, redrawn }: Change, { shaky }: Facts): boolean {
  const least = shaky ? relationSettings.replacedPixelsShaky : relationSettings.replacedPixels;
  return erased + redrawn >= least && erased + redrawn > 0.3 * differing;
}

/**
 * A wipe that has come further: what is lost lies along one straight line, the old edge, and what is drawn lies to one
 * side of it. So do lines of text that are uncovered bit by bit.
 */
function isWipe(body: readonly Change[], facts: Facts): boolean {
  const band = facts.shaky ? relationSettings.wipeEdgeShaky : relationSettings.wipeEdge;
  const { cellOf } = gridOver(facts.width, facts.height);
  const cells = new Set(body.flatMap((change) => change.cells));
  for (const along of ['rows', 'columns'] as const) {
    const place = (at: number): number => (along === 'rows' ? Math.floor(at / facts.width) : at % facts.width);
    const size = along === 'rows' ? facts.height : facts.width;
    const counts = new Uint32Array(size);
    const lost = facts.lost.filter((at) => cells.has(cellOf[at]!));
    for (const at of lost) counts[place(at)] = counts[place(at)]! + 1;
    let best = 0;
    let bestSum = -1;
    for (let start = 0; start + band <= size; start += 1) {
      const sum = counts.subarray(start, start + band).reduce((all, count) => all + count, 0);
      if (sum > bestSum) [best, bestSum] = [start, sum];
    }
    if (bestSum < 0.85 * lost.length) continue;
    const sides = body.map((change) => (along === 'rows' ? [change.top, change.bottom] : [change.left, change.right]));
    const after = sides.every(([start = 0]) => start >= best - cellSide);
    const before = sides.every(([, end = 0]) => end <= best + band + cellSide);
    if ((after || before) && total(body, 'drawn') > 2 * bestSum) return true;
  }
  return false;
}

/**
 * A speck that only vanishes is a mouse pointer that left, one that only appears is a pointer that came. There is one
 * pointer: with either of them about, a speck that turns one drawing into another is the pointer over text. Alone, such
 * a speck is a digit that was changed.
 */
function withoutPointer(changes: readonly Change[], { explained }: Facts): readonly Change[] {
  const { speckPurity } = relationSettings;
  const specks = changes.filter(isSpeck);
  const left = specks.filter(({ differing, erased }) => erased >= speckPurity * differing);
  const came = specks.filter(({ differing, drawn }) => drawn >= speckPurity * differing);
  const over = specks.filter((speck) => !left.includes(speck) && !came.includes(speck));
  // Where it came or left while a view lasted, the view itself knows two values.
  const about = left.length + came.length > 0 || explained >= 3 || over.some(({ unsettled }) => unsettled >= 3);
  const pointers = new Set([left, came, about ? over : []].filter((kind) => kind.length === 1).flat());
  return changes.filter((change) => !pointers.has(change));
}

const isSpeck = ({ left, right, top, bottom }: Change): boolean =>
  right - left <= relationSettings.pointerSide && bottom - top <= relationSettings.pointerSide;

/** Neither came nor left: a pointer over text, or a digit that was changed. */
const isRedrawn = ({ differing, erased, drawn }: Change): boolean =>
  Math.max(erased, drawn) < relationSettings.speckPurity * differing;

/** Leaves out whoever stands in front of a filmed screen, where enough of the rest is unchanged. */
function withoutOccluder(changes: readonly Change[], facts: Facts): readonly Change[] {
  if (!facts.shaky) return changes;
  const { occluderLeast, occluderMost, occluderHides, sharedDetails } = relationSettings;
  const area = facts.width * facts.height;
  const rest = changes.filter((change) => {
    const mayBe = change.differing >= occluderLeast * area && change.differing <= occluderMost * area;
    return !mayBe || !(reachesEdge(change, facts) || isFigure(change, facts));
  });
  const people = changes.filter((change) => !rest.includes(change));
  const [lost, hidden] = [rest, people].map((some) => total(some, 'erased') + total(some, 'redrawn'));
  const plausible = lost! <= (1 - sharedDetails) * facts.details && hidden! <= occluderHides * facts.details;
  return plausible ? rest : changes;
}

const reachesEdge = ({ left, right, bottom }: Change, { width, height }: Facts): boolean =>
  left === 0 || right >= width || bottom >= height;

/** Solid, upright and low in the picture: somebody whose legs are as dark as the wall below the screen. */
function isFigure({ left, top, right, bottom, differing, filled }: Change, { height }: Facts): boolean {
  const { figureSolid, figureUpright, figureBottom } = relationSettings;
  const upright = bottom - top >= figureUpright * (right - left);
  return filled >= figureSolid * differing && upright && bottom >= figureBottom * height;
}

/** A small patch in the margin above or below: a page number, a clock, a progress mark. */
function isPageNumber(change: Change, { width, height }: Facts): boolean {
  const { marginShare, pageNumberWidth, pageNumberHeight } = relationSettings;
  const inMargin = change.top >= (1 - marginShare) * height || change.bottom <= marginShare * height;
  const small =
    change.right - change.left <= pageNumberWidth * width && change.bottom - change.top <= pageNumberHeight * height;
  return inMargin && small;
}

/** The view showed this value there at another moment: a pointer or a person came or went. */
export function wasSeen(plate: Plate, at: number, value: number, tolerance: Tolerance): boolean {
  return plate.hasOther[at] === 1 && Math.abs(plate.other[at]! - value) <= 2 * tolerance.levels;
}

/** Unmarks ruled lines and the borders of pages and windows: they are on blank pages too, and a wipe has them as well. */
export function dropRules(isDetail: Uint8Array, width: number, height: number): void {
  const [across, down] = [runLengths(isDetail, width, height, 1, width), runLengths(isDetail, height, width, width, 1)];
  for (let at = 0; at < isDetail.length; at += 1) {
    if ((down[at]! >= 24 && across[at]! <= 3) || (across[at]! >= 24 && down[at]! <= 3)) isDetail[at] = 0;
  }
}

/** For each marked pixel the length of the run of marked pixels it lies in, along lines of `length` pixels. */
function runLengths(marked: Uint8Array, length: number, lines: number, step: number, lineStep: number): Uint16Array {
  const runs = new Uint16Array(marked.length);
  for (let line = 0; line < lines; line += 1) {
    let start = 0;
    for (let place = 0; place <= length; place += 1) {
      if (place < length && marked[line * lineStep + place * step] === 1) continue;
      for (let back = start; back < place; back += 1) runs[line * lineStep + back * step] = place - start;
      start = place + 1;
    }
  }
  return runs;
}
