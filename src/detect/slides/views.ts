import type { Picture } from '../../core/frame.ts';
import { cellSide, gridOver, patchesOf } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import { Movement } from './movement.ts';
import type { PairMovement } from './movement.ts';
import { GrowingPlate } from './plate.ts';
import type { Plate } from './plate.ts';
import { Specks } from './specks.ts';
import { Steadiness, noiseBetween, shiftBetween, unshift } from './steadiness.ts';
import { contrastAt, differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';

/** A sampled frame as the detector sees it. */
export interface Sample {
  /** Counts samples from 0. */
  readonly index: number;
  readonly timeSeconds: number;
  readonly luma: Picture;
}

/** What one sample looked like to the detector: goes to the ledger. */
export interface SampleFigures {
  readonly index: number;
  readonly timeSeconds: number;
  /** Share of the picture that moved since the sample before, 0–1. */
  readonly motion: number;
  /** Share of the picture's still part that differs from the view it belongs to, 0–1. */
  readonly change: number;
}

/** A stretch over which the still content stays the same. */
export interface View {
  readonly first: Sample;
  readonly last: Sample;
  /** The sample that shows it best: least hidden, sharpest, latest. */
  readonly best: Sample;
  /** Share of the picture in which the best sample shows something other than the plate, 0–1. */
  readonly hidden: number;
  readonly plate: Plate;
  readonly samples: readonly SampleFigures[];
  /** Mean share of the picture taken by movement, 0–1. */
  readonly moving: number;
  /** False where nothing came to rest for long enough to be looked at: a speaker close up, a film, a slow fade. */
  readonly settled: boolean;
  /** Cells in which something moves all the time, such as a speaker's inset. */
  readonly inset: Uint8Array;
  readonly tolerance: Tolerance;
  readonly shaky: boolean;
}

export const viewSettings = {
  /** Differing still pixels a patch needs to count as a change of content. Less is noise. */
  changePixels: 5,
  /** Patches up to this size (luma pixels of a 384-pixel picture) may be a mouse pointer: they decide nothing alone. */
  pointerSide: 14,
  /** A patch of which more than this share moves is something that moves, however much of it stands still. */
  aliveShare: 0.15,
  /** Share of the picture that must have been seen at rest for a view to count as settled. */
  settledShare: 0.4,
  /** A sample that shows less than this share of the view's details no longer shows the view. */
  visibleShare: 0.5,
  /** A cell that moved in this share of a view's samples holds no still content. */
  restlessShare: 0.5,
  /** How far back the start of a change is looked for, samples. */
  lookback: 8,
} as const;

/**
 * Cuts a stream of samples into views. Two neighbouring samples that agree show what stands still; a view ends when that
 * differs from what the view has shown so far. Memory: a few pictures, however long the view.
 */
export class ViewTracker {
  readonly #steadiness = new Steadiness();
  readonly #recent: Sample[] = [];
  #grid: Grid | undefined;
  #movement: Movement | undefined;
  #specks: Specks | undefined;
  #view: OpenView | undefined;

  /** Takes in the next sample. @returns the view that it ended, if it ended one */
  push(sample: Sample): View | undefined {
    this.#grid ??= gridOver(sample.luma.width, sample.luma.height);
    this.#movement ??= new Movement(this.#grid);
    this.#specks ??= new Specks(this.#grid, viewSettings.pointerSide);
    const before = this.#recent.at(-1);
    this.#recent.push(sample);
    if (this.#recent.length > viewSettings.lookback) this.#recent.shift();
    if (!before) {
      this.#view = new OpenView(sample, this.#grid);
      return undefined;
    }
    const shift = shiftBetween(before.luma, sample.luma);
    this.#steadiness.observe(noiseBetween(before.luma, sample.luma), shift);
    const { tolerance, shaky } = this.#steadiness;
    this.#movement.observe(before.luma, shaky ? unshift(sample.luma, shift) : sample.luma, tolerance);
    const view = this.#view!;
    const registered = shaky ? view.register(sample.luma) : sample.luma;
    if (!view.shows(registered, this.#movement, tolerance)) return this.#depart(sample, tolerance, shaky);
    const { specks, ...compared } = view.compare(registered, this.#movement, tolerance);
    // A filmed screen is too unsteady for specks to mean anything.
    const digits = shaky ? [] : this.#specks.judge(specks, this.#movement);
    const change = [...compared.change, ...digits];
    if (change.length > 0) return this.#turn(sample, change, tolerance, shaky);
    const wasSettled = view.settled;
    view.take(sample, registered, this.#movement, tolerance, shaky);
    const late = sample.index - view.first.index > 1;
    return !wasSettled && view.settled && late ? this.#settle(before, sample, tolerance, shaky) : undefined;
  }

  /** The first sample of the view that is open now. */
  get openedAt(): Sample | undefined {
    return this.#view?.first;
  }

  /** The samples that must not be released yet. */
  needed(): Set<number> {
    const needed = new Set(this.#recent.map(({ index }) => index));
    if (this.#view) needed.add(this.#view.best.index);
    return needed;
  }

  /** @returns the view that was open when the samples ended */
  finish(): View | undefined {
    const view = this.#view;
    this.#view = undefined;
    return view?.close(view.lastSample, this.#movement!, this.#steadiness.tolerance, this.#steadiness.shaky);
  }

  /** Ends the open view before a sample that no longer shows it. */
  #depart(sample: Sample, tolerance: Tolerance, shaky: boolean): View {
    const closed = this.#view!.close(this.#view!.lastSample, this.#movement!, tolerance, shaky);
    this.#view = new OpenView(sample, this.#grid!);
    return closed;
  }

  /** Ends a restless view: from `first` on the picture stands still. */
  #settle(first: Sample, second: Sample, tolerance: Tolerance, shaky: boolean): View {
    const view = this.#view!;
    const last = this.#recent.findLast(({ index }) => index < first.index) ?? view.first;
    const closed = view.close(last, this.#movement!, tolerance, shaky, false);
    this.#view = new OpenView(first, this.#grid!);
    const luma = shaky ? unshift(second.luma, shiftBetween(first.luma, second.luma)) : second.luma;
    this.#view.take(second, luma, this.#movement!, tolerance, shaky);
    return closed;
  }

  /** Ends the open view where the changed patches began to differ, and opens the next where they came to rest. */
  #turn(sample: Sample, change: readonly Patch[], tolerance: Tolerance, shaky: boolean): View {
    this.#specks!.reset();
    const view = this.#view!;
    const grid = this.#grid!;
    const changed = differingPixels(grid, change, view.plate.picture, sample.luma, tolerance);
    view.plate.forget(changed);
    const agrees = (candidate: Sample, picture: Picture): boolean =>
      changed.filter((at) => differs(candidate.luma, picture, at, tolerance)).length < changed.length / 2;
    const candidates = this.#recent.filter(({ index }) => index >= view.first.index);
    let first = candidates.length - 1;
    // At least one sample stays with the old view, also where the change is older than what is remembered.
    while (first > 1 && agrees(candidates[first - 1]!, sample.luma)) first -= 1;
    let last = first - 1;
    while (last > 0 && !agrees(candidates[last]!, view.plate.picture)) last -= 1;
    const lastOfOld = candidates[last] ?? view.first;
    const closed = view.close(lastOfOld, this.#movement!, tolerance, shaky);
    const firstOfNew = candidates[first] ?? sample;
    this.#view = new OpenView(firstOfNew, grid);
    for (const [index, next] of candidates.entries()) {
      if (index <= first) continue;
      const luma = shaky ? this.#view.register(next.luma) : next.luma;
      // What moved then is not what moves now.
      const before = candidates[index - 1]!.luma;
      const steadied = shaky ? unshift(next.luma, shiftBetween(before, next.luma)) : next.luma;
      const movement = this.#movement!.between(before, steadied, tolerance);
      this.#view.take(next, luma, movement, tolerance, shaky);
    }
    return closed;
  }
}

/** Contrast of a pixel's neighbourhood from which it counts as a detail, grey levels. */
const detailContrast = 32;

/** With fewer details than this a view is judged by its movement alone. */
const fewDetails = 60;

class OpenView {
  readonly first: Sample;
  readonly plate: GrowingPlate;
  best: Sample;
  lastSample: Sample;
  readonly #grid: Grid;
  #figures: SampleFigures[] = [];
  #bestScore = -Infinity;
  #bestHidden = 0;
  #change = 0;
  #moving = 0;
  #knownPixels = 0;
  /** In how many samples each cell was taken by movement. */
  readonly #movedCells: Uint16Array;
  #detailPixels: number[] = [];
  #detailsAge = 0;

  constructor(first: Sample, grid: Grid) {
    this.first = first;
    this.lastSample = first;
    this.best = first;
    this.#grid = grid;
    this.plate = new GrowingPlate(grid.width, grid.height);
    this.#movedCells = new Uint16Array(grid.columns * grid.rows);
    this.#figures.push({ index: first.index, timeSeconds: first.timeSeconds, motion: 0, change: 0 });
  }

  register(luma: Picture): Picture {
    return unshift(luma, shiftBetween(this.plate.picture, luma));
  }

  /** Patches of still content that differ from the plate: `change` for certain, `specks` perhaps a pointer at rest. */
  compare(luma: Picture, movement: Movement, tolerance: Tolerance): { change: Patch[]; specks: Patch[] } {
    const { cellOf } = this.#grid;
    const { known, picture } = this.plate;
    const still = new Uint8Array(movement.changed.length);
    const marked = new Uint8Array(movement.changed.length);
    const { levels } = tolerance;
    const [shown, now, { pixels, taken }] = [picture.data, luma.data, movement];
    let differing = 0;
    let compared = 0;
    for (let at = 0; at < known.length; at += 1) {
      if (known[at] === 0 || pixels[at] === 1) continue;
      compared += 1;
      const difference = now[at]! - shown[at]!;
      if (difference <= levels && difference >= -levels) continue;
      const cell = cellOf[at]!;
      if (taken[cell] === 1 || !differs(picture, luma, at, tolerance)) continue;
      differing += 1;
      still[cell] = still[cell]! + 1;
      marked[cell] = 1;
    }
    this.#change = compared > 0 ? differing / compared : 0;
    for (let cell = 0; cell < marked.length; cell += 1) if (movement.changed[cell]! > 0) marked[cell] = 1;
    const patches = patchesOf(this.#grid, marked, [still, movement.changed]).filter(({ weights }) => {
      const [stillPixels = 0, movingPixels = 0] = weights;
      if (stillPixels < viewSettings.changePixels) return false;
      return movingPixels <= viewSettings.aliveShare * (stillPixels + movingPixels);
    });
    const { pointerSide } = viewSettings;
    const isSpeck = ({ left, right, top, bottom }: Patch): boolean =>
      right - left <= pointerSide && bottom - top <= pointerSide;
    return { change: patches.filter((patch) => !isSpeck(patch)), specks: patches.filter(isSpeck) };
  }

  /** Adds a sample that belongs to this view. */
  take(sample: Sample, luma: Picture, movement: PairMovement, tolerance: Tolerance, shaky: boolean): void {
    const { cellOf } = this.#grid;
    const { plate } = this;
    const { known, picture } = plate;
    const { levels } = tolerance;
    const [shown, now, { pixels, taken }] = [picture.data, luma.data, movement];
    let hidden = 0;
    let knownPixels = 0;
    for (let at = 0; at < known.length; at += 1) {
      const moves = taken[cellOf[at]!] === 1 || pixels[at] === 1;
      const difference = now[at]! - shown[at]!;
      const near = difference <= levels && difference >= -levels;
      if (known[at] === 1 && !near && differs(picture, luma, at, tolerance)) {
        hidden += 1;
        // On a shaky recording whoever walks by passes over everything: it would explain every change.
        if (!moves) plate.contradict(at, now[at]!);
        else if (!shaky) plate.pass(at, now[at]!);
      } else if (!moves) plate.agree(at, now[at]!);
      knownPixels += known[at]!;
    }
    this.#knownPixels = knownPixels;
    for (let cell = 0; cell < taken.length; cell += 1) this.#movedCells[cell] = this.#movedCells[cell]! + taken[cell]!;
    this.lastSample = sample;
    const motion = movement.share;
    this.#moving += motion;
    this.#figures.push({ index: sample.index, timeSeconds: sample.timeSeconds, motion, change: this.#change });
    // Least hidden first; among equals the sharper, then the later one. Shaking blurs, so sharpness counts for more.
    const score = -hidden / known.length + sharpness(sample.luma) * (shaky ? 0.02 : 0.005) + 1e-7 * sample.index;
    if (score > this.#bestScore) {
      this.#bestScore = score;
      this.best = sample;
      this.#bestHidden = hidden / known.length;
    }
  }

  /** True once enough of the picture was seen at rest. */
  get settled(): boolean {
    return this.#knownPixels > viewSettings.settledShare * this.plate.known.length;
  }

  /** Whether a sample still shows this view's details, moving things in front of them aside. */
  shows(luma: Picture, movement: Movement, tolerance: Tolerance): boolean {
    if (!this.settled) return true;
    const details = this.#details();
    let seen = 0;
    for (const at of details) if (!differs(this.plate.picture, luma, at, tolerance)) seen += 1;
    if (details.length >= fewDetails) return seen >= viewSettings.visibleShare * details.length;
    return movement.share < 1 - viewSettings.visibleShare;
  }

  /** The plate's pixels with local contrast; looked for anew from time to time, as the plate grows. */
  #details(): readonly number[] {
    if (this.#detailsAge <= 0) {
      const { known, picture } = this.plate;
      this.#detailPixels = [];
      for (let at = 0; at < known.length; at += 1) {
        if (known[at] === 1 && contrastAt(picture, at) > detailContrast) this.#detailPixels.push(at);
      }
      this.#detailsAge = 10;
    }
    this.#detailsAge -= 1;
    return this.#detailPixels;
  }

  /** Insets, and whatever else moved in a good part of the view: a film within a slide, too short-lived to be an inset. */
  #restless(inset: Uint8Array): Uint8Array {
    const often = Math.max(3, viewSettings.restlessShare * (this.#figures.length - 1));
    return inset.map((marked, cell) => (marked === 1 || this.#movedCells[cell]! >= often ? 1 : 0));
  }

  close(last: Sample, movement: Movement, tolerance: Tolerance, shaky: boolean, settled = this.settled): View {
    const samples = this.#figures.filter(({ index }) => index <= last.index);
    const best = this.best.index <= last.index ? this.best : last;
    const moving = this.#moving / Math.max(1, this.#figures.length - 1);
    const inset = shaky ? movement.inset : this.#restless(movement.inset);
    const { first, plate } = this;
    return { first, last, best, hidden: this.#bestHidden, plate, samples, moving, settled, inset, tolerance, shaky };
  }
}

/** Mean absolute horizontal and vertical step, as a share of the whole range: falls when details blur. */
function sharpness({ data, width }: Picture): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at + width + 1 < data.length; at += 3) {
    sum += Math.abs(data[at + 1]! - data[at]!) + Math.abs(data[at + width]! - data[at]!);
    count += 2;
  }
  return count > 0 ? sum / count / 255 : 0;
}

/** The pixels of the patches in which the two pictures differ. */
function differingPixels(
  grid: Grid,
  patches: readonly Patch[],
  a: Picture,
  b: Picture,
  tolerance: Tolerance,
): readonly number[] {
  const pixels: number[] = [];
  for (const cell of patches.flatMap(({ cells }) => cells)) {
    const row = Math.floor(cell / grid.columns);
    const left = (cell - row * grid.columns) * cellSide;
    for (let y = row * cellSide; y < Math.min(grid.height, (row + 1) * cellSide); y += 1) {
      for (let x = left; x < Math.min(grid.width, left + cellSide); x += 1) {
        const at = y * grid.width + x;
        if (differs(a, b, at, tolerance)) pixels.push(at);
      }
    }
  }
  return pixels;
}
