import type { Picture } from '../../../core/frame.ts';
import type { Patch } from './grid.ts';
import type { Plate } from './plate.ts';
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
  /** Nothing in it moved. */
  readonly still: boolean;
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
  /** When more of the picture than this changes between a view's first two samples, the first was not the view's. */
  fleetingStir: 0.25,
  /** A cell that moved in this share of a view's samples holds no still content. */
  restlessShare: 0.35,
  /** How far back the start of a change is looked for, samples. */
  lookback: 8,
} as const;

/** Whether a patch is no larger than a mouse pointer may be. */
export const isPointerSized = ({ left, right, top, bottom }: Patch): boolean =>
  right - left <= viewSettings.pointerSide && bottom - top <= viewSettings.pointerSide;
