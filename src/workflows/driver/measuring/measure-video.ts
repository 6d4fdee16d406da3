import type { Frame } from '../../../core/frame.ts';
import type { Measure } from '../../../core/measurement.ts';
import type { FrameSource } from '../../../core/video.ts';
import { Stopwatch } from '../../../engine/stopwatch.ts';
import { defined } from '../../../core/defined.ts';

export interface MeasureVideoOptions<T> {
  readonly source: FrameSource;
  readonly measure: Measure<T>;
  readonly everySeconds: number;
  readonly fromSeconds?: number;
  readonly untilSeconds?: number;
  /** Where the time is counted. */
  readonly watch?: Stopwatch;
  readonly signal: AbortSignal;
}

/**
 * Frames under way at once: the thread that measures faces never waits for the decoder, nor for a slow look at what the
 * hands hold in a frame before.
 */
const atOnce = 6;

/** Measures a video's frames in their order. Throws the signal's reason when it is aborted; leaves no frame alive. */
export async function* measureVideo<T>(options: MeasureVideoOptions<T>): AsyncGenerator<T> {
  const { source, measure, everySeconds, fromSeconds, untilSeconds, signal, watch = new Stopwatch() } = options;
  const sampler = {
    everySeconds,
    ...defined({ fromSeconds, untilSeconds }),
  };
  const waiting: { readonly frame: Frame; readonly measured: Promise<readonly T[]> }[] = [];
  async function* take(): AsyncGenerator<T> {
    const { frame, measured } = waiting[0]!;
    try {
      yield* await measured;
    } finally {
      waiting.shift();
      frame[Symbol.dispose]();
    }
  }
  try {
    for await (const frame of source.frames(sampler, { signal })) {
      const measured = watch.elsewhere('face', 'thread', () => measure.of([frame], { signal }));
      // It is awaited in its turn; until then its failure is nobody's.
      measured.catch(() => undefined);
      waiting.push({ frame, measured });
      if (waiting.length >= atOnce) yield* take();
    }
    while (waiting.length > 0) yield* take();
  } finally {
    await Promise.allSettled(waiting.map(({ measured }) => measured));
    for (const { frame } of waiting) frame[Symbol.dispose]();
  }
}
