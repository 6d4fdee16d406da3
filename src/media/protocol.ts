import type { Glimpse, JpegOptions, Picture } from '../core/frame.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { DecodeReport, DecoderTime, KeyframeLook, Sampler, VideoInfo } from '../core/video.ts';
import type { MediaLimits } from './limits.ts';
import type { Hwaccel } from './hwaccel.ts';

/** What the parent asks of the decoding process. */
export type ToDecoder =
  | {
      readonly type: 'open';
      readonly path: string;
      readonly bytes: number;
      readonly threads: number;
      readonly hwaccel: Hwaccel;
      readonly limits: MediaLimits;
    }
  | { readonly type: 'decode'; readonly pass: number; readonly sampler: Sampler; readonly credit: number }
  /** Looks at key frames alone; numbered among the passes. */
  | {
      readonly type: 'look';
      readonly pass: number;
      readonly fromSeconds: number;
      readonly untilSeconds: number;
      readonly credit: number;
    }
  /** Asks for the times of all key frames; nothing is decoded. */
  | { readonly type: 'key-times'; readonly request: number }
  | { readonly type: 'spent'; readonly request: number }
  /** Allows this many more frames, or looks, to be sent. */
  | { readonly type: 'credit'; readonly frames: number }
  | { readonly type: 'rgb'; readonly request: number; readonly frame: number; readonly longestSide?: number }
  | { readonly type: 'jpeg'; readonly request: number; readonly frame: number; readonly options: JpegOptions }
  | { readonly type: 'glimpses'; readonly request: number; readonly frame: number }
  | { readonly type: 'release'; readonly frame: number }
  /** Ends that pass and those before it; `ended` follows. */
  | { readonly type: 'stop'; readonly pass: number };

/** What the decoding process tells. */
export type FromDecoder =
  | { readonly type: 'opened'; readonly info: VideoInfo }
  | {
      readonly type: 'frame';
      readonly pass: number;
      readonly frame: number;
      readonly timeSeconds: number;
      readonly luma: Picture;
    }
  | { readonly type: 'look'; readonly pass: number; readonly look: KeyframeLook }
  | { readonly type: 'looked'; readonly pass: number }
  | { readonly type: 'picture'; readonly request: number; readonly picture: Picture }
  | { readonly type: 'bytes'; readonly request: number; readonly bytes: Uint8Array }
  | { readonly type: 'glimpsed'; readonly request: number; readonly glimpses: readonly Glimpse[] }
  | { readonly type: 'key-times'; readonly request: number; readonly times: readonly number[] }
  | { readonly type: 'spent'; readonly request: number; readonly time: DecoderTime }
  | { readonly type: 'refused'; readonly request: number; readonly message: string }
  | { readonly type: 'ended'; readonly pass: number; readonly report: DecodeReport }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
