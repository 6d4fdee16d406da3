import type { Picture } from '../../core/frame.ts';
import { cellSide, gridOver } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import { Movement } from './movement.ts';
import { OpenView } from './open-view.ts';
import { Specks } from './specks.ts';
import { Steadiness, noiseBetween, shiftBetween, unshift } from './steadiness.ts';
import { differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';
import { viewSettings } from './view.ts';
import type { Sample, View } from './view.ts';

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
    // A view of one sample that the next one does not repeat was a passing state: of a fade, of a film.
    const fleeting = view.first === view.lastSample && this.#movement.stir > viewSettings.fleetingStir;
    if (fleeting || !view.shows(registered, this.#movement, tolerance)) return this.#depart(sample, tolerance, shaky);
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
