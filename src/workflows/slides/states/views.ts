import type { Picture } from '../../../core/frame.ts';
import { cellSide, gridOver } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import { Movement } from './movement.ts';
import type { PairMovement } from './movement.ts';
import { OpenView } from './open-view.ts';
import { Specks } from './specks.ts';
import { Steadiness, noiseBetween, shiftBetween, unshift } from './steadiness.ts';
import { standsStill, stillTolerance } from './stillness.ts';
import { differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';
import { viewSettings } from './view.ts';
import type { Sample, View } from './view.ts';

/** Pairs of samples without any movement after which a stretch is a still view, whatever lives elsewhere. */
const surelyStill = 3;

/** A view that lasts shorter than this and in which something moved is a moment of a transition, seconds. */
const passing = 1.3;

/** Share of the picture that moves in a fade; a pointer takes less. */
const fadingMovement = 0.1;

/** Share of the picture that a transition changes; where less does, the same page goes on. */
const turningShare = 0.1;

/** @param turned share of the picture that changed at its end */
const isPassing = ({ still, first, turned: before }: OpenView, until: Sample, turned: number): boolean =>
  !still && until.timeSeconds - first.timeSeconds < passing && Math.min(before, turned) > turningShare;

/** Seconds from which a view in which something moves is more than a transition. */
const established = 4;

function noMovement({ columns, rows, width, height }: Grid): PairMovement {
  const cells = columns * rows;
  return {
    taken: new Uint8Array(cells),
    moving: new Uint8Array(cells),
    pixels: new Uint8Array(width * height),
    share: 0,
  };
}

/**
 * Cuts a stream of samples into views. Where nothing at all moves from one sample to the next a *still view* lasts as
 * long as that holds: no memory of what moved before can hide anything in it. Elsewhere two neighbouring samples that
 * agree at a pixel show what stands still there; such a view ends when that differs from what it has shown so far.
 * Memory: a few pictures, however long the view.
 */
export class ViewTracker {
  readonly #steadiness = new Steadiness();
  readonly #recent: Sample[] = [];
  #grid: Grid | undefined;
  #movement: Movement | undefined;
  #specks: Specks | undefined;
  #view: OpenView | undefined;
  /** Pairs of samples, up to the last one, between which nothing moved, and the sample that they begin with. */
  #stillPairs = 0;
  #stillFrom: Sample | undefined;

  /** Takes in the next sample. @returns the view that it ended, if it ended one */
  push(sample: Sample): View | undefined {
    this.#grid ??= gridOver(sample.luma.width, sample.luma.height);
    this.#movement ??= new Movement(this.#grid);
    this.#specks ??= new Specks(this.#grid, viewSettings.pointerSide);
    const before = this.#recent.at(-1);
    this.#recent.push(sample);
    if (this.#recent.length > viewSettings.lookback) this.#recent.shift();
    if (!before) {
      this.#open(sample, false);
      return undefined;
    }
    const shift = shiftBetween(before.luma, sample.luma);
    this.#steadiness.observe(noiseBetween(before.luma, sample.luma), shift);
    const { tolerance, shaky } = this.#steadiness;
    this.#movement.observe(before.luma, shaky ? unshift(sample.luma, shift) : sample.luma, tolerance);
    if (!standsStill(before.luma, sample.luma)) {
      this.#stillFrom = undefined;
      this.#stillPairs = 0;
      if (this.#view!.still) return this.#depart(sample, tolerance, shaky);
      return this.#move(before, sample, tolerance, shaky);
    }
    this.#stillFrom ??= before;
    this.#stillPairs += 1;
    return this.#rest(before, sample, tolerance, shaky);
  }

  /** The last sample stayed on screen for long: as good as samples that agree. @returns the view that this ended */
  hold(): View | undefined {
    const sample = this.#recent.at(-1);
    if (!sample || this.#view!.still) return undefined;
    this.#stillFrom ??= sample;
    this.#stillPairs += surelyStill;
    return this.#rest(sample, sample, this.#steadiness.tolerance, this.#steadiness.shaky);
  }

  /** Nothing moved from one sample to the next. */
  #rest(before: Sample, sample: Sample, tolerance: Tolerance, shaky: boolean): View | undefined {
    const view = this.#view!;
    if (view.still) {
      // It may drift, step by step, each too small to be seen.
      if (!standsStill(view.plate.picture, sample.luma)) return this.#depart(sample, tolerance, shaky);
      view.take(sample, sample.luma, noMovement(this.#grid!), stillTolerance, false);
      return undefined;
    }
    const sure =
      this.#stillPairs >= surelyStill || !view.settled || sample.timeSeconds - view.first.timeSeconds < established;
    if (!sure) return this.#move(before, sample, tolerance, shaky);
    const begins = this.#stillFrom!;
    const from = Math.max(begins.index, view.first.index);
    const last = this.#recent.findLast(({ index }) => index < from && index >= view.first.index);
    const fading = begins.timeSeconds - view.first.timeSeconds < established && view.moving > fadingMovement;
    const settled = view.settled && (shaky || (!isPassing(view, begins, 1) && !fading));
    const closed = last && view.close(last, this.#movement!, tolerance, shaky, settled);
    const stretch = this.#recent.filter(({ index }) => index >= from);
    this.#open(stretch[0]!, true, 0);
    for (const next of stretch.length > 1 ? stretch.slice(1) : stretch) {
      this.#view!.take(next, next.luma, noMovement(this.#grid!), stillTolerance, false);
    }
    this.#specks!.reset();
    return closed;
  }

  /** @param turned share of the picture that changed where it begins */
  #open(first: Sample, still: boolean, turned = 1): void {
    this.#view = new OpenView(first, this.#grid!, turned, still);
  }

  /** Something moved, or the view may hide it. */
  #move(before: Sample, sample: Sample, tolerance: Tolerance, shaky: boolean): View | undefined {
    const [view, movement] = [this.#view!, this.#movement!];
    const registered = shaky ? view.register(sample.luma) : sample.luma;
    // A view of one sample that the next one does not repeat was a passing state: of a fade, of a film.
    const fleeting = view.first === view.lastSample && movement.stir > viewSettings.fleetingStir;
    if (fleeting || !view.shows(registered, movement, tolerance)) return this.#depart(sample, tolerance, shaky);
    const { specks, ...compared } = view.compare(registered, movement, tolerance);
    // A filmed screen is too unsteady for specks to mean anything.
    const digits = shaky ? [] : this.#specks!.judge(specks, movement);
    const change = [...compared.change, ...digits];
    if (change.length > 0) return this.#turn(sample, change, tolerance, shaky);
    const wasSettled = view.settled;
    view.take(sample, registered, movement, tolerance, shaky);
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
    // All that there is of a clip shorter than a step.
    if (this.#recent.length === 1) this.hold();
    const view = this.#view;
    this.#view = undefined;
    return view?.close(view.lastSample, this.#movement!, this.#steadiness.tolerance, this.#steadiness.shaky);
  }

  /** Ends the open view before a sample that no longer shows it. */
  #depart(sample: Sample, tolerance: Tolerance, shaky: boolean): View {
    const view = this.#view!;
    const closed = view.close(
      view.lastSample,
      this.#movement!,
      tolerance,
      shaky,
      view.settled && (shaky || !isPassing(view, sample, this.#movement!.stir)),
    );
    this.#open(sample, false, this.#movement!.stir);
    return closed;
  }

  /** Ends a restless view: from `first` on the picture stands still. */
  #settle(first: Sample, second: Sample, tolerance: Tolerance, shaky: boolean): View {
    const view = this.#view!;
    const last = this.#recent.findLast(({ index }) => index < first.index) ?? view.first;
    const closed = view.close(last, this.#movement!, tolerance, shaky, false);
    this.#open(first, false);
    const luma = shaky ? unshift(second.luma, shiftBetween(first.luma, second.luma)) : second.luma;
    this.#view!.take(second, luma, this.#movement!, tolerance, shaky);
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
    const firstOfNew = candidates[first] ?? sample;
    const turned = change.reduce((sum, { cells }) => sum + cells.length, 0) / (grid.columns * grid.rows);
    const settled = view.settled && (shaky || !isPassing(view, firstOfNew, turned));
    const closed = view.close(lastOfOld, this.#movement!, tolerance, shaky, settled, firstOfNew);
    this.#open(firstOfNew, false, turned);
    const opened = this.#view!;
    for (const [index, next] of candidates.entries()) {
      if (index <= first) continue;
      const luma = shaky ? opened.register(next.luma) : next.luma;
      // What moved then is not what moves now.
      const before = candidates[index - 1]!.luma;
      const steadied = shaky ? unshift(next.luma, shiftBetween(before, next.luma)) : next.luma;
      const movement = this.#movement!.between(before, steadied, tolerance);
      opened.take(next, luma, movement, tolerance, shaky);
    }
    return closed;
  }
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
