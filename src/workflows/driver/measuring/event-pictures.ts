import type { MeasuredEvent } from '../../../core/driver-state.ts';
import type { DriverFace, Region } from '../../../core/face.ts';
import type { Picture } from '../../../core/frame.ts';
import type { FrameSource } from '../../../core/video.ts';

/** A frame of an event with what was measured in it. */
export interface EventPicture {
  readonly event: MeasuredEvent;
  readonly timeSeconds: number;
  readonly picture: Picture;
  readonly driver?: DriverFace;
  /** Every face that the detector saw, the driver's and others'. */
  readonly faces: readonly Region[];
}

export interface EventPicturesOptions {
  /** Borrowed; read once for each event. */
  readonly source: FrameSource;
  /** Measures one picture by itself; the picture is handed over. */
  readonly read: (
    picture: Picture,
    timeSeconds: number,
    options: { readonly signal: AbortSignal },
  ) => Promise<{ readonly driver?: DriverFace; readonly found?: readonly Region[] }>;
  readonly events: readonly MeasuredEvent[];
  /** Pixels along the longer side of the pictures. */
  readonly longestSide: number;
  readonly signal: AbortSignal;
}

/** Pixels along the longer side of what is measured, as in the pass itself. */
const measuredSide = 1280;

/**
 * Goes back to each event for the frame in which its rule's condition was met, and measures it by itself, without what
 * came before: the picture shows what one look at it tells.
 */
export async function* eventPictures(options: EventPicturesOptions): AsyncGenerator<EventPicture> {
  const { source, read, events, longestSide, signal } = options;
  for (const event of events) {
    const fromSeconds = Math.max(0, Math.min(event.raisedAt, event.end - 0.1));
    const sampler = { everySeconds: 60, fromSeconds, untilSeconds: fromSeconds + 2 };
    for await (const frame of source.frames(sampler, { signal })) {
      using owned = frame;
      const picture = await owned.rgb({ longestSide });
      const { driver, found } = await read(await owned.rgb({ longestSide: measuredSide }), owned.timeSeconds, {
        signal,
      });
      yield { event, timeSeconds: owned.timeSeconds, picture, ...(driver ? { driver } : {}), faces: found ?? [] };
      break;
    }
  }
}
