import type { FrameRef } from '../../core/frame.ts';
import type { Span } from '../../core/slide.ts';
import { EncodedImage } from '../../llm/image.ts';
import type { FrameWindow } from './windows.ts';

/** A window whose frames are JPEGs and nothing else: what waits to be asked. */
export interface EncodedWindow {
  readonly index: number;
  readonly span: Span;
  readonly images: readonly EncodedImage[];
  readonly frames: readonly FrameRef[];
}

export interface EncodeOptions {
  /** 1–100. */
  readonly quality: number;
  /** Pixels; undefined: as large as the video. */
  readonly longestSide: number | undefined;
}

/** Encodes each frame once, in the decoding process, and lets the frames go. Owns the window. */
export async function encodeWindow(
  window: FrameWindow,
  { quality, longestSide }: EncodeOptions,
  keep: (index: number, jpegs: readonly Uint8Array[], times: readonly number[]) => Promise<readonly FrameRef[]>,
): Promise<EncodedWindow> {
  using owned = window;
  const options = longestSide === undefined ? { quality } : { quality, longestSide };
  const jpegs = await Promise.all(owned.frames.map((frame) => frame.jpeg(options)));
  const times = owned.frames.map(({ timeSeconds }) => timeSeconds);
  return {
    index: owned.index,
    span: owned.span,
    images: jpegs.map((jpeg) => new EncodedImage(jpeg)),
    frames: await keep(owned.index, jpegs, times),
  };
}
