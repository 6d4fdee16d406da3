import type { Region } from './face.ts';

/** Pixels in memory: rows packed without padding, one byte a channel, `data.length === width × height × channels`. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1: luma in full range 0–255. 3: RGB, full range. */
  readonly channels: 1 | 3;
}

/**
 * A few hundred luma points of a frame that was decoded on the way to a sampled one. Too little to judge what is
 * shown, enough to say at which frame the picture went from one known state to another.
 */
export interface Glimpse {
  /** Presentation time, seconds from the first frame. */
  readonly timeSeconds: number;
  readonly points: Uint8Array;
}

export interface JpegOptions {
  /** 1–100, the usual scale. Default 85. */
  readonly quality?: number;
  /** Shrinks so that the longer side is at most this many pixels. Default: no shrinking. */
  readonly longestSide?: number;
  /** Parts that are made unrecognizable before it is encoded, as shares of the picture. Default: none. */
  readonly hidden?: readonly Region[];
}

/**
 * One decoded picture with its exact presentation time. Owned by whoever received it and disposed by them; the
 * pixels at full resolution stay where they were decoded and are converted only when asked for.
 */
export interface Frame extends Disposable {
  /** Presentation time, seconds from the first frame of the video. */
  readonly timeSeconds: number;
  /** Small luma picture made for measuring, the same size for every frame of a source. */
  readonly luma: Picture;
  /** Glimpses since the sampled frame before, in time order; the last one is of this very frame. */
  glimpses(): Promise<readonly Glimpse[]>;
  /** RGB pixels, upright and with square pixels; full size unless `longestSide` is given. */
  rgb(options?: { readonly longestSide?: number }): Promise<Picture>;
  /** The frame as a JPEG, upright and with square pixels. */
  jpeg(options?: JpegOptions): Promise<Uint8Array>;
}

/** What outlives a frame: its time and its stored image. */
export interface FrameRef {
  readonly timeSeconds: number;
  /** A path relative to the run folder; absent where pictures are not kept. */
  readonly image?: string;
}
