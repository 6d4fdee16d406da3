import type { Frame, Picture } from './frame.ts';
import type { StageTime } from './stage-time.ts';
import type { Span } from './slide.ts';

/** What is known of a video before a frame of it is decoded. Sizes are those a player shows: upright, square pixels. */
export interface VideoInfo {
  readonly path: string;
  readonly container: string;
  readonly codec: string;
  readonly pixelFormat: string;
  /** Width and height as displayed, in square pixels, after rotation. */
  readonly width: number;
  readonly height: number;
  readonly codedWidth: number;
  readonly codedHeight: number;
  /** Clockwise turn that a player applies: 0, 90, 180 or 270 degrees. */
  readonly rotation: number;
  /** Width of one coded pixel divided by its height. */
  readonly pixelAspect: number;
  /** What the container says; undefined where it does not say. */
  readonly durationSeconds?: number;
  /** Time stamp of the first frame in the container's own clock, seconds. */
  readonly startSeconds: number;
  /** Mean frames a second by the container; a hint, never used to compute times. */
  readonly frameRate?: number;
  readonly bytes: number;
  /** The hardware that decodes it: `cuda`, `vaapi`, `videotoolbox`. Absent: the CPU does. */
  readonly hardware?: string;
  /** Why none does, although any was welcome. */
  readonly hardwareRefused?: string;
}

/** Which frames are wanted. */
export interface Sampler {
  /** Seconds between wanted times; the frame taken is the first at or after each of them. */
  readonly everySeconds: number;
  /** Nothing before this time, seconds from the first frame. Default 0. */
  readonly fromSeconds?: number;
  /** Nothing at or after this time. Default: the end. */
  readonly untilSeconds?: number;
  /**
   * Times in these spans, which are in order, are not wanted; a frame is still the first at or after a wanted time. A
   * source that cannot tell key frames, and so found no such span, need not obey.
   */
  readonly quiet?: readonly Span[];
}

/** A key frame, and what the packets from it to the next one tell before they are decoded. */
export interface KeyframeLook {
  readonly timeSeconds: number;
  /** The small luma picture, as of any frame; but for small differences of the codec's own that all key frames share. */
  readonly luma: Picture;
  /** Time of the next key frame, or of the last packet. */
  readonly endSeconds: number;
  /** Times at which packets are unusually large: something new came into the picture. */
  readonly bursts: readonly number[];
  /** Whether a line of text that appeared would have shown as such a burst. */
  readonly telling: boolean;
  /** The next key frame came sooner than they usually do: the encoder saw the picture change there. */
  readonly cutShort: boolean;
  /** No key frame follows in what was asked for. Where looks end without one that says so, more of the video is unseen. */
  readonly last: boolean;
}

/** What decoding met, told when it ends. */
export interface DecodeReport {
  readonly packets: number;
  /** Packets that were never decoded because no wanted frame needed them. */
  readonly packetsSkipped: number;
  readonly framesDecoded: number;
  readonly framesSampled: number;
  /** Packets or frames that the decoder refused or flagged as damaged. */
  readonly damaged: number;
  /** The spans in which that happened, seconds. */
  readonly damagedSpans: readonly { readonly start: number; readonly end: number }[];
  /** Time of the last decoded frame plus its duration, seconds. */
  readonly endSeconds: number;
  /** True when the data ended well before the duration that the container gives. */
  readonly truncated: boolean;
  /** CPU milliseconds of the decoding process. */
  readonly cpuMs: number;
  readonly peakMemoryMb: number;
}

/** What a decoding process has done since it began. */
export interface DecoderTime {
  readonly stages: readonly StageTime[];
  readonly cpuMs: number;
}

/**
 * A video as a stream of exact frames. Contract kept by `test/conformance/frame-source.ts`: times come from the
 * stream's own time stamps, an abandoned iterator leaves no frame alive, `signal` stops within a frame.
 */
export interface FrameSource extends AsyncDisposable {
  readonly info: VideoInfo;
  /** One pass at a time. Throws FramesiftError `media` or `crash`. */
  frames(sampler: Sampler, options: { readonly signal: AbortSignal }): AsyncIterable<Frame>;
  /**
   * Key frames alone, for a tenth of the cost of a pass; absent where the source cannot. Ends early where key frames are
   * not what they say.
   */
  keyframes?(
    span: { readonly fromSeconds?: number; readonly untilSeconds?: number },
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<KeyframeLook>;
  /**
   * Times of all key frames at which decoding can begin, in order, without decoding any; fewer than two where nothing
   * can be said. Absent where the source cannot tell. Between two passes.
   */
  keyTimes?(): Promise<readonly number[]>;
  /** What the last finished pass met. */
  report(): DecodeReport;
  /** What all passes, and pictures asked for, took so far; absent where the source cannot tell. Between two passes. */
  spent?(): Promise<DecoderTime>;
}
