import type { Picture } from '../../core/frame.ts';
import type { Method } from '../../stream/rpc.ts';

export interface VideoFile {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly rate: number;
}

export interface TimedPicture {
  readonly picture: Picture;
  readonly timeSeconds: number;
}

/** What the encoding process does: one `begin`, then pictures in the order of their times, then `end`. */
export interface EncoderMethods {
  readonly begin: Method<VideoFile>;
  readonly write: Method<TimedPicture>;
  readonly end: Method;
}
