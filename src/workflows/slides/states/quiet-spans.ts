import type { Picture } from '../../../core/frame.ts';
import type { Span } from '../../../core/slide.ts';
import type { KeyframeLook } from '../../../core/video.ts';
import { fillRows, gridOver, patchesOf } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import { Steadiness, noiseBetween, shiftBetween } from './steadiness.ts';
import { differs } from './tolerance.ts';
import type { Tolerance } from './tolerance.ts';
import { isPointerSized, viewSettings } from './view.ts';

/** Pairs of key frames over which it is judged where something moves all the time. */
const memory = 8;

/** A cell that changed in this share of them holds no still content: a speaker's inset. */
const restlessShare = 0.5;

/** Where more of the picture than this is restless, key frames cannot tell what stands still. */
const mostRestless = 0.4;

/** A patch of change of which this share lies where it is always restless belongs to what moves there. */
const withinShare = 0.6;

/** Differing pixels in a patch below which it is noise. */
const fewestPixels = 3;

/** Groups from which it is judged whether the search pays. */
const trial = 40;

/** Share of the time looked at that must be quiet for it to pay: the looks cost a tenth of full decoding. */
const worthwhile = 0.12;

/** Steps after its key frame or last burst before a group can be quiet: two frames are looked at after each change. */
const settling = 2;

/** Steps that a quiet span takes at least. */
const shortest = 0.5;

/**
 * Whether anything worth it can be found quiet in a video whose groups of pictures are as long as this. Where key frames
 * stand about as close as frames are looked at, decoding what is looked at takes little more than decoding them.
 *
 * @param keySeconds times of all key frames, in order; with fewer than two nothing is known
 * @param stepSeconds how often a frame is looked at
 */
export function canBeQuiet(keySeconds: readonly number[], span: Span, stepSeconds: number): boolean {
  if (keySeconds.length < 2 || span.end === Infinity) return true;
  const ends = [...keySeconds.slice(1), span.end];
  let possible = 0;
  for (const [index, key] of keySeconds.entries()) {
    const settled = Math.max(key, span.start) + settling * stepSeconds;
    const quiet = Math.min(ends[index]!, span.end) - settled;
    if (quiet > shortest * stepSeconds) possible += quiet;
  }
  return possible > worthwhile * (span.end - span.start);
}

/**
 * Finds the spans of a video in which nothing can have happened that matters for slides, from its key frames and the
 * sizes of the packets between them. It errs on the side of looking: a group of pictures is quiet from where the last
 * unusually large packet lies (`bursts`), if the key frames before and after it show the same, or if the encoder itself
 * ended it because the picture changed right there. Everything else is decoded as always.
 */
export class QuietSpans {
  readonly #stepSeconds: number;
  readonly #steadiness = new Steadiness();
  readonly #looks: KeyframeLook[] = [];
  readonly #history: Uint8Array[] = [];
  readonly #spans: Span[] = [];
  #grid: Grid | undefined;
  #groups = 0;
  #begins = 0;
  #quietSeconds = 0;

  /** @param stepSeconds how often a frame is looked at elsewhere */
  constructor(stepSeconds: number) {
    this.#stepSeconds = stepSeconds;
  }

  /** False once it is clear that this video has too little to leave out. */
  get pays(): boolean {
    const last = this.#looks.at(-1);
    if (!last || this.#groups < trial) return true;
    return this.#quietSeconds > worthwhile * (last.timeSeconds - this.#begins);
  }

  /** Takes in the next key frame. */
  push(look: KeyframeLook): void {
    if (this.#looks.length === 0) this.#begins = look.timeSeconds;
    this.#looks.push(look);
    // The one before, the two that are compared, and the one after them.
    if (this.#looks.length > 4) this.#looks.shift();
    const at = this.#looks.length - 3;
    if (at >= 0) this.#judge(at);
  }

  /** The spans found, in order of time. */
  finish(): readonly Span[] {
    const looks = this.#looks;
    if (looks.length >= 2) this.#judge(looks.length - 2);
    const last = looks.at(-1);
    // Looks that ended early, at damage or at a key frame that was none, say nothing of what follows.
    if (last?.last) {
      // No key frame follows that could tell; what its packets say must do.
      const from = last.telling ? this.#settledAfter(last) : Infinity;
      if (from < last.endSeconds) this.#spans.push({ start: from, end: Infinity });
    }
    return this.#spans;
  }

  /** Judges the group that begins at one of the looks held. */
  #judge(at: number): void {
    const look = this.#looks[at]!;
    this.#groups += 1;
    const same = this.#same(at);
    const quiet =
      look.bursts.length === 0 ? same || (look.cutShort && look.telling) : look.telling && (same || look.cutShort);
    const from = this.#settledAfter(look);
    if (!quiet || look.endSeconds - from <= shortest * this.#stepSeconds) return;
    this.#spans.push({ start: from, end: look.endSeconds });
    this.#quietSeconds += look.endSeconds - from;
  }

  /** From where on a group has nothing new. */
  #settledAfter({ timeSeconds, bursts }: KeyframeLook): number {
    return (bursts.at(-1) ?? timeSeconds) + settling * this.#stepSeconds;
  }

  /** Whether a key frame and the next show the same, what always moves and what only passed through aside. */
  #same(at: number): boolean {
    const [look, next] = [this.#looks[at]!, this.#looks[at + 1]!];
    const { luma } = look;
    this.#grid ??= gridOver(luma.width, luma.height);
    const shift = shiftBetween(luma, next.luma);
    this.#steadiness.observe(noiseBetween(luma, next.luma), shift);
    const { tolerance, shaky } = this.#steadiness;
    const restless = this.#restless();
    const changed = changedCells(this.#grid, luma, next.luma, tolerance);
    const marked = changed.map((count) => (count > 0 ? 1 : 0));
    // A change of the picture tells nothing of what moves all the time.
    if (!look.cutShort && look.bursts.length === 0) this.#history.push(marked);
    if (this.#history.length > memory) this.#history.shift();
    if (shaky || !restless) return false;
    const changes = patchesOf(this.#grid, marked, [changed, restless]).filter(({ weights, cells }) => {
      const [pixels = 0, within = 0] = weights;
      return pixels >= fewestPixels && within < withinShare * cells.length;
    });
    if (!changes.every(isPointerSized)) return false;
    // A mouse pointer leaves one place and comes to another; a digit changes where it is.
    if (changes.length === 2) return true;
    const larger = changes.filter(({ weights: [pixels = 0] }) => pixels >= viewSettings.changePixels);
    return larger.every((patch) => this.#passedThrough(patch, at, tolerance));
  }

  /** Where something moves all the time; undefined where that is too much, or not known yet. */
  #restless(): Uint8Array | undefined {
    if (this.#history.length < memory / 2) return undefined;
    const grid = this.#grid!;
    const cells = new Uint8Array(grid.columns * grid.rows);
    for (let cell = 0; cell < cells.length; cell += 1) {
      const times = this.#history.reduce((sum, changed) => sum + changed[cell]!, 0);
      if (times >= restlessShare * this.#history.length) cells[cell] = 1;
    }
    const filled = new Uint8Array(cells);
    for (const patch of patchesOf(grid, cells, [])) if (!isPointerSized(patch)) fillRows(grid, patch, filled);
    const share = filled.reduce((sum, value) => sum + value, 0) / filled.length;
    return share > mostRestless ? undefined : filled;
  }

  /** A mouse pointer was there in one key frame alone: those around it agree. A changed digit stays. */
  #passedThrough(patch: Patch, at: number, tolerance: Tolerance): boolean {
    const agree = (a: KeyframeLook | undefined, b: KeyframeLook | undefined): boolean =>
      a !== undefined && b !== undefined && patchDiffers(patch, a.luma, b.luma, tolerance) === 0;
    const [before, look, next, after] = [-1, 0, 1, 2].map((offset) => this.#looks[at + offset]);
    return agree(before, next) || agree(look, after);
  }
}

/** Differing pixels in each cell. */
function changedCells(grid: Grid, a: Picture, b: Picture, tolerance: Tolerance): Uint8Array {
  const changed = new Uint8Array(grid.columns * grid.rows);
  for (let at = 0; at < a.data.length; at += 1) {
    if (!differs(a, b, at, tolerance)) continue;
    const cell = grid.cellOf[at]!;
    changed[cell] = changed[cell]! + 1;
  }
  return changed;
}

function patchDiffers({ left, right, top, bottom }: Patch, a: Picture, b: Picture, tolerance: Tolerance): number {
  let count = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) if (differs(a, b, y * a.width + x, tolerance)) count += 1;
  }
  return count;
}
