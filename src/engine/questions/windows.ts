import type { Frame } from '../../core/frame.ts';
import type { Span } from '../../core/slide.ts';

/** Neighbouring frames that are asked about together. It owns them. */
export interface FrameWindow extends Disposable {
  /** From 0, by time: window `n` spans `n × every` to `(n + 1) × every` seconds. */
  readonly index: number;
  readonly span: Span;
  /** In time order; at most as many as a window has, fewer at the end of the video. */
  readonly frames: readonly Frame[];
}

export interface WindowShape {
  readonly everySeconds: number;
  /** Frames of one window, evenly spaced. */
  readonly window: number;
}

/** Seconds between the frames of a window. */
export const frameSpacing = ({ everySeconds, window }: WindowShape): number => everySeconds / window;

/**
 * Groups sampled frames into windows by their own times. At most one window's frames are held beyond the one handed
 * out; abandoned, it disposes them.
 */
export async function* windowsOf(
  frames: AsyncIterable<Frame>,
  shape: WindowShape,
): AsyncGenerator<FrameWindow, void, undefined> {
  let group: Frame[] = [];
  let index = 0;
  try {
    for await (const frame of frames) {
      // A thousandth of a frame's spacing: times such as 1.9999998 belong to the window that begins at 2.
      const own = Math.floor((frame.timeSeconds + frameSpacing(shape) / 1000) / shape.everySeconds);
      if (own !== index && group.length > 0) {
        const done = group;
        group = [frame];
        const at = index;
        index = own;
        yield windowOf(done, at, shape);
        continue;
      }
      index = own;
      // A slow video may put a late frame into a window that is full.
      if (group.length === shape.window) frame[Symbol.dispose]();
      else group.push(frame);
    }
    if (group.length > 0) {
      const done = group;
      group = [];
      yield windowOf(done, index, shape);
    }
  } finally {
    for (const frame of group) frame[Symbol.dispose]();
  }
}

function windowOf(frames: readonly Frame[], index: number, { everySeconds }: WindowShape): FrameWindow {
  return {
    index,
    span: { start: index * everySeconds, end: (index + 1) * everySeconds },
    frames,
    [Symbol.dispose]() {
      for (const frame of frames) frame[Symbol.dispose]();
    },
  };
}
