import type { Frame } from './frame.ts';

/** One way of measuring frames: a cheap hash and a costly text reading share this shape. */
export interface Measure<T> {
  readonly id: string;
  /** One result for each frame, in order. The frames are borrowed. */
  of(frames: readonly Frame[], options: { readonly signal: AbortSignal }): Promise<readonly T[]>;
}

/** [x, y, width, height] in pixels of the source video as displayed. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** A block of text on a picture, with its place and how surely it was read. */
export interface TextBlock {
  readonly text: string;
  readonly box: Box;
  /** 0–1: mean probability of the characters. */
  readonly confidence: number;
}

/**
 * Where a line of text lies, in pixels of its picture. A tilted line is a sheared box: the column at x lies `slope` ×
 * (x − middle) lower than the box says, where the middle is that of the box.
 */
export interface LineBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Pixels down for each pixel to the right; 0 for upright text. */
  readonly slope: number;
}

/** A line that was read. */
export interface ReadLine extends LineBox {
  readonly text: string;
  /** 0–1: mean probability of the characters. */
  readonly confidence: number;
}

/**
 * What text a picture holds. `none`: nothing that looks like text. `unreadable`: text was found and no line of it
 * could be read with confidence. `read`: at least one line was.
 */
export interface TextReading {
  readonly state: 'read' | 'none' | 'unreadable';
  /** In reading order. */
  readonly blocks: readonly TextBlock[];
  /** The blocks' text in reading order, one line each. */
  readonly text: string;
  readonly title?: string;
  /** Mean over blocks, weighted by their length; 0 where there are none. */
  readonly confidence: number;
  /** Lines found, of which `reused` were taken over from an earlier picture because their pixels had not changed. */
  readonly found: number;
  readonly reused: number;
  /** Every box that was found, and the line that was read for it: with these the same picture need not be read again. */
  readonly lines: readonly { readonly box: LineBox; readonly line: ReadLine }[];
  /** Lines in scripts that the weights do not know (`Cyrillic`), which are in no block; absent where there are none. */
  readonly unread?: readonly { readonly script: string; readonly lines: number }[];
}
