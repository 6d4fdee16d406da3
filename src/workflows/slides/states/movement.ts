import type { Picture } from '../../../core/frame.ts';
import { cellSide, fillRows, patchesOf } from './grid.ts';
import type { Grid } from './grid.ts';
import { differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';

/** Pairs of samples over which a cell's restlessness is counted. */
const memory = 8;

/** Changed pixels in a patch below which it is noise. */
const noisePixels = 3;

/** Samples over which it is judged whether something lives in a cell, such as a speaker's inset. */
const longMemory = 45;

/** A cell that kept moving, from one sample to the next but one, in more than this share of them belongs to such a thing. */
const insetShare = 0.15;

/** It kept moving at least so often: two pages that were turned soon after one another are no sign of life. */
const insetTimes = 4;

/** Share of an inset's cells that moved twice of late, or while a view lasted, where it is alive. */
export const livelyShare = 0.03;

/** Cells an inset takes at least: smaller things are pointers and clocks. */
const insetCells = 12;

/** An inset takes at most this share of the picture; what is larger is a film or an animated slide. */
const mostInset = 0.25;

/** When more of the picture than this moves at once the whole picture was changed, which tells nothing of insets. */
const wholeShare = 0.4;

/** How long a cell stays taken after its last movement, in samples, by how often it moved within the memory. */
function holdAfter(moves: number): number {
  // Once is a change of content or somebody passing; always is a speaker's inset, who may sit still for a while.
  if (moves <= 1) return 0;
  if (moves <= 3) return 1;
  return moves <= 5 ? 4 : memory;
}

/** What moved between two samples. */
export interface PairMovement {
  /** 1 where the cell is taken by something that moves: no content is to be read there. */
  readonly taken: Uint8Array;
  /** 1 where the pixel changed between the two samples. */
  readonly pixels: Uint8Array;
  /** 1 where something moved in the cell between the two samples. */
  readonly moving: Uint8Array;
  /** Share of the cells that are taken, 0–1. */
  readonly share: number;
}

/** What moves: where two neighbouring samples differ, and where something restless is likely to move again. */
export class Movement implements PairMovement {
  readonly #grid: Grid;
  readonly #history: Uint8Array[] = [];
  /** What moved of late, changes of the whole picture left out. */
  readonly #lately: Uint8Array[] = [];
  readonly #moves: Uint8Array;
  readonly #heldFor: Uint8Array;
  /** Share of the recent samples in which each cell moved, 0–1. */
  readonly #often: Float32Array;
  #observed = 0;
  /** 1 where something lives that moves all the time: a speaker's inset, a video. */
  inset: Uint8Array;
  /** 1 where the cell is taken by something that moves: no content is to be read there. */
  readonly taken: Uint8Array;
  /** 1 where something moved in the cell between the last two samples. */
  moving: Uint8Array;
  /** Changed pixels a cell between the last two samples. */
  readonly changed: Uint8Array;
  /** Pixels that changed between the last two samples. */
  readonly pixels: Uint8Array;

  constructor(grid: Grid) {
    this.#grid = grid;
    const cells = grid.columns * grid.rows;
    this.#moves = new Uint8Array(cells);
    this.#heldFor = new Uint8Array(cells);
    this.#often = new Float32Array(cells);
    this.inset = new Uint8Array(cells);
    this.taken = new Uint8Array(cells);
    this.moving = new Uint8Array(cells);
    this.changed = new Uint8Array(cells);
    this.pixels = new Uint8Array(grid.width * grid.height);
  }

  /** Share of the cells in which something moved just now, insets left out, 0–1. */
  stir = 0;

  /** Share of the cells that are taken, 0–1. */
  get share(): number {
    return countOf(this.taken) / this.taken.length;
  }

  /** What moved between two samples of the past, without taking them in; insets are those known now. */
  between(before: Picture, now: Picture, tolerance: Tolerance): PairMovement {
    const pixels = new Uint8Array(now.data.length);
    const changed = new Uint8Array(this.changed.length);
    this.#mark(before, now, tolerance, pixels, changed);
    const moving = this.#filledPatches(changed);
    const taken = moving.map((moves, cell) => (moves === 1 || this.inset[cell] === 1 ? 1 : 0));
    return { taken, pixels, moving, share: countOf(taken) / taken.length };
  }

  /** Takes in two neighbouring samples. */
  observe(before: Picture, now: Picture, tolerance: Tolerance): void {
    this.changed.fill(0);
    this.pixels.fill(0);
    this.#mark(before, now, tolerance, this.pixels, this.changed);
    const moving = this.#filledPatches(this.changed);
    this.moving = moving;
    let stirring = 0;
    for (let cell = 0; cell < moving.length; cell += 1) if (moving[cell] === 1 && this.inset[cell] === 0) stirring += 1;
    this.stir = stirring / moving.length;
    this.#findInsets(moving);
    if (countOf(moving) > wholeShare * moving.length) this.#forget();
    else this.#remember(moving);
    for (let cell = 0; cell < moving.length; cell += 1) {
      if (moving[cell] === 1) this.#heldFor[cell] = holdAfter(this.#moves[cell]!);
      else if (this.#heldFor[cell]! > 0) this.#heldFor[cell] = this.#heldFor[cell]! - 1;
      this.taken[cell] = moving[cell] === 1 || this.#heldFor[cell]! > 0 || this.inset[cell] === 1 ? 1 : 0;
    }
  }

  #mark(before: Picture, now: Picture, tolerance: Tolerance, pixels: Uint8Array, changed: Uint8Array): void {
    const { cellOf } = this.#grid;
    const { levels } = tolerance;
    const [was, is] = [before.data, now.data];
    for (let at = 0; at < is.length; at += 1) {
      const difference = is[at]! - was[at]!;
      // Nearly every pixel is done with here.
      if (difference <= levels && difference >= -levels) continue;
      if (!differs(before, now, at, tolerance)) continue;
      const cell = cellOf[at]!;
      pixels[at] = 1;
      changed[cell] = changed[cell]! + 1;
    }
  }

  /** A person's inside is as even as a wall: what lies between two moving edges moves as well. */
  #filledPatches(changed: Uint8Array): Uint8Array {
    const marked = changed.map((count) => (count > 0 ? 1 : 0));
    const filled = new Uint8Array(marked.length);
    for (const patch of patchesOf(this.#grid, marked, [changed])) {
      if (patch.weights[0]! >= noisePixels) fillRows(this.#grid, patch, filled);
    }
    return filled;
  }

  /** The whole picture was changed: what moved in the old one says nothing of the new one. */
  #forget(): void {
    this.#history.length = 0;
    this.#moves.fill(0);
    this.#heldFor.fill(0);
  }

  #remember(moving: Uint8Array): void {
    this.#history.push(moving);
    const oldest = this.#history.length > memory ? this.#history.shift() : undefined;
    for (let cell = 0; cell < moving.length; cell += 1) {
      this.#moves[cell] = this.#moves[cell]! + moving[cell]! - (oldest?.[cell] ?? 0);
    }
  }

  #findInsets(moving: Uint8Array): void {
    if (countOf(moving) > wholeShare * moving.length) return;
    this.#observed += 1;
    // Until the memory is full every sample counts alike, so that the first seconds are judged as well.
    const weight = 1 / Math.min(longMemory, this.#observed);
    // A change of slides moves a cell once; what lives moves it again and again.
    const [last, lastButOne] = [this.#history.at(-1), this.#history.at(-2)];
    for (let cell = 0; cell < moving.length; cell += 1) {
      const keepsMoving = moving[cell] === 1 && (last?.[cell] === 1 || lastButOne?.[cell] === 1) ? 1 : 0;
      this.#often[cell] = this.#often[cell]! + weight * (keepsMoving - this.#often[cell]!);
    }
    const least = Math.max(insetShare, insetTimes / Math.min(longMemory, this.#observed));
    const often = Uint8Array.from(this.#often, (value) => (value > least ? 1 : 0));
    this.inset = new Uint8Array(moving.length);
    this.#lately.push(moving);
    if (this.#lately.length > memory) this.#lately.shift();
    const livesNow = (cell: number): boolean => this.#lately.reduce((sum, map) => sum + map[cell]!, 0) >= 2;
    for (const patch of patchesOf(this.#grid, often, [])) {
      const columns = (patch.right - patch.left) / cellSide;
      const rows = (patch.bottom - patch.top) / cellSide;
      const box = columns * rows;
      if (patch.cells.length < insetCells || patch.cells.length < 0.35 * box || box > mostInset * moving.length)
        continue;
      // What lived in the page before is no inset of this one.
      if (patch.cells.filter(livesNow).length < livelyShare * patch.cells.length) continue;
      // An inset is a rectangle, and the wall behind the speaker is part of it; its border is one cell more.
      const { columns: width, rows: height } = this.#grid;
      const from = Math.max(0, patch.left / cellSide - 1);
      const to = Math.min(width, Math.ceil(patch.right / cellSide) + 1);
      const bottom = Math.min(height, Math.ceil(patch.bottom / cellSide) + 1);
      for (let y = Math.max(0, patch.top / cellSide - 1); y < bottom; y += 1) {
        this.inset.fill(1, y * width + from, y * width + to);
      }
    }
  }
}

/** An index loop: iterators are slow on the hot path. */
function countOf(cells: Uint8Array): number {
  let count = 0;
  for (let cell = 0; cell < cells.length; cell += 1) count += cells[cell]!;
  return count;
}
