import type { Picture } from '../../../core/frame.ts';
import { patchesOf } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import { livelyShare } from './movement.ts';
import type { Movement, PairMovement } from './movement.ts';
import { GrowingPlate } from './plate.ts';
import { shiftBetween, unshift } from './steadiness.ts';
import { stillTolerance } from './stillness.ts';
import { contrastAt, differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';
import { isPointerSized, viewSettings } from './view.ts';
import type { Sample, SampleFigures, View } from './view.ts';

/** Contrast of a pixel's neighbourhood from which it counts as a detail, grey levels. */
const detailContrast = 32;

/** With fewer details than this a view is judged by its movement alone. */
const fewDetails = 60;

/** Steps of the hidden share below which samples show the same. */
const hiddenSteps = 250;

/** A view while it lasts. */
export class OpenView {
  readonly first: Sample;
  readonly still: boolean;
  /** Share of the picture that changed where it begins. */
  readonly turned: number;
  readonly plate: GrowingPlate;
  best: Sample;
  lastSample: Sample;
  /** The last samples: the very last may be the first moment of a fade. */
  readonly #latest: Sample[] = [];
  readonly #grid: Grid;
  #figures: SampleFigures[] = [];
  #bestScore = -Infinity;
  #bestHidden = 0;
  #change = 0;
  #moving = 0;
  #knownPixels = 0;
  /** How often something moved in each cell while it lasted. */
  readonly #moves: Uint16Array;
  #detailPixels: number[] = [];
  #detailsAge = 0;

  /** @param still nothing in it moves */
  constructor(first: Sample, grid: Grid, turned: number, still: boolean) {
    this.still = still;
    this.turned = turned;
    this.first = first;
    this.lastSample = first;
    this.best = first;
    this.#grid = grid;
    this.plate = new GrowingPlate(grid.width, grid.height);
    this.#moves = new Uint16Array(grid.columns * grid.rows);
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
    return { change: patches.filter((patch) => !isPointerSized(patch)), specks: patches.filter(isPointerSized) };
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
    const { moving } = movement;
    for (let cell = 0; cell < moving.length; cell += 1) this.#moves[cell] = this.#moves[cell]! + moving[cell]!;
    if (sample === this.lastSample) return;
    this.#latest.push(this.lastSample);
    if (this.#latest.length > viewSettings.lookback) this.#latest.shift();
    this.lastSample = sample;
    const motion = movement.share;
    this.#moving += motion;
    this.#figures.push({ index: sample.index, timeSeconds: sample.timeSeconds, motion, change: this.#change });
    // Least hidden first; among equals the sharper where shaking blurs, then the later one: a fade that is nearly over
    // hides nothing and is sharper than what it fades to.
    const clear = -Math.floor((hidden / known.length) * hiddenSteps) / hiddenSteps;
    const score = (shaky ? -hidden / known.length + sharpness(sample.luma) * 0.02 : clear) + 1e-7 * sample.index;
    if (score > this.#bestScore) {
      this.#bestScore = score;
      this.best = sample;
      this.#bestHidden = hidden / known.length;
    }
  }

  /** Samples that belong to it. */
  get count(): number {
    return this.#figures.length;
  }

  /** Mean share of the picture taken by movement, 0–1. */
  get moving(): number {
    return this.#moving / Math.max(1, this.#figures.length - 1);
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

  /** The insets in which something moved while this view lasted: where all stood still, nothing was hidden. */
  #lively(inset: Uint8Array): Uint8Array {
    const lively = new Uint8Array(inset.length);
    // The last sample taken may already show the change that ends the view.
    const least = this.#figures.length > 4 ? 2 : 1;
    for (const { cells } of patchesOf(this.#grid, inset, [])) {
      const moved = cells.reduce((sum, cell) => sum + (this.#moves[cell]! >= least ? 1 : 0), 0);
      if (moved >= livelyShare * cells.length) for (const cell of cells) lively[cell] = 1;
    }
    return lively;
  }

  /** Insets, and whatever else moved in a good part of the view: a film within a slide, too short-lived to be an inset. */
  #restless(inset: Uint8Array): Uint8Array {
    const often = Math.max(3, viewSettings.restlessShare * (this.#figures.length - 1));
    return this.#lively(inset).map((marked, cell) => (marked === 1 || this.#moves[cell]! >= often ? 1 : 0));
  }

  /**
   * @param last the last sample that shows it
   * @param until the sample that the next view begins with: those in between are of the transition, and told with this view
   */
  close(
    last: Sample,
    movement: Movement,
    tolerance: Tolerance,
    shaky: boolean,
    settled = this.settled,
    until?: Sample,
  ): View {
    const samples = this.#figures.filter(({ index }) => (until ? index < until.index : index <= last.index));
    // A shaky recording has its clearest frame anywhere; else the one before the last, as a fade may begin in that.
    const earlier = this.#latest.findLast(({ index }) => index < last.index);
    const before = this.still || this.#figures.length > 2 ? earlier : undefined;
    const within = this.best.index < last.index || (shaky && this.best === last);
    const best = within ? this.best : (before ?? last);
    const { moving } = this;
    const { first, plate, still } = this;
    const view = { first, last, best, hidden: this.#bestHidden, plate, samples, moving, settled, still };
    // What lives elsewhere in the recording did not live here.
    if (still)
      return { ...view, inset: new Uint8Array(movement.inset.length), tolerance: stillTolerance, shaky: false };
    const inset = shaky ? movement.inset : this.#restless(movement.inset);
    return { ...view, inset, tolerance, shaky };
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
