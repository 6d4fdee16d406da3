import type { FrameKind, Slide, Span } from './slide.ts';
import type { StageTime } from './stage-time.ts';
import type { DecodeReport, VideoInfo } from './video.ts';

/** What a model said of a frame, and whether that decided anything. */
export interface Opinion {
  readonly use: 'gate' | 'kinds' | 'embedding';
  readonly model: string;
  /** The label that it chose, where it has labels. */
  readonly label?: string;
  /** 0–1; of an embedding, the cosine similarity to the most similar slide, −1 to 1. */
  readonly confidence: number;
  /** What the confidence was held against; absent where the model was never calibrated. */
  readonly threshold?: number;
  readonly decided: boolean;
}

/** Why a looked-at frame was kept or dropped: a line of `ledger.jsonl`. */
export interface Decision {
  /** Seconds from the first frame. */
  readonly time: number;
  readonly kept: boolean;
  /** The rule that decided, one of `docs/reference/ledger.md`. */
  readonly rule: string;
  /** One sentence for people. */
  readonly reason: string;
  /** The figures the rule looked at, beside `threshold` the figure that each was held against. */
  readonly figures: Readonly<Record<string, number>>;
  readonly threshold: Readonly<Record<string, number>>;
  readonly kind?: FrameKind;
  readonly confidence?: number;
  /** The slide that the frame shows, by its index, where it shows one. */
  readonly slide?: number;
  /** What the models said that were asked (`--embedder`, `--frame-classifier`, `--kinds`). */
  readonly opinions?: readonly Opinion[];
}

export type RunState = 'running' | 'interrupted' | 'failed' | 'finished';

/**
 * Where that ends of the video which a run looked at, in seconds: at `--until`, which decoders run past, or where the
 * video ends. Undefined before decoding ended.
 */
export function endOfRun(run: { readonly decode: DecodeReport; readonly options: RunRecord['options'] }): number;
export function endOfRun(run: Pick<RunRecord, 'decode' | 'options'>): number | undefined;
export function endOfRun({ decode, options }: Pick<RunRecord, 'decode' | 'options'>): number | undefined {
  const { until = Infinity } = options;
  return decode && Math.min(decode.endSeconds, Number(until));
}

/** `run.json`. */
export interface RunRecord {
  readonly framesift: string;
  readonly workflow: string;
  readonly state: RunState;
  readonly error?: { readonly code: string; readonly message: string };
  readonly source: {
    readonly path: string;
    readonly name: string;
    readonly bytes: number;
    readonly modified: string;
    /** SHA-256 over the size and the first and last MiB: tells two files apart without reading hours of video. */
    readonly identity: string;
  };
  readonly video: VideoInfo;
  readonly options: Readonly<Record<string, unknown>>;
  readonly models: readonly {
    readonly use: string;
    readonly id: string;
    readonly version?: string;
    /** Where it ran: `cpu`, `cuda`, `coreml`, `directml`. */
    readonly device?: string;
  }[];
  readonly started: string;
  readonly finished?: string;
  readonly timings: readonly StageTime[];
  readonly decode?: DecodeReport;
  readonly counts: Readonly<Record<string, number>>;
  readonly cost: {
    readonly modelCalls: number;
    readonly tokensIn: number;
    readonly tokensOut: number;
    readonly cpuMs: number;
    readonly peakMemoryMb: number;
  };
  readonly warnings: readonly string[];
}

/** A stretch of the video and what it shows, also where that is no slide. Drawn as the strip in the report. */
export interface ShownSpan extends Span {
  readonly kind: FrameKind;
  readonly confidence: number;
  readonly slide?: number;
}

/** Everything that a run tells while it goes: the progress bar, the web page, `--json` and the metrics read these alone. */
export type RunEvent =
  | { readonly type: 'started'; readonly folder: string; readonly video: VideoInfo; readonly resumed: boolean }
  | {
      readonly type: 'progress';
      readonly stage: 'decode' | 'text' | 'context' | 'overlay' | 'report';
      /** Seconds of video worked through, of all (undefined where the container does not say). */
      readonly seconds: number;
      readonly ofSeconds?: number;
      readonly framesLookedAt: number;
      readonly slides: number;
    }
  | { readonly type: 'decision'; readonly decision: Decision }
  | { readonly type: 'slide'; readonly slide: Slide }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finished'; readonly summary: RunSummary };

export interface RunSummary {
  readonly folder: string;
  readonly report: string;
  /** True when a finished run was found and nothing had to be done. */
  readonly alreadyDone: boolean;
  readonly slides: number;
  readonly videoSeconds: number;
  readonly elapsedSeconds: number;
  readonly cpuSeconds: number;
  readonly framesInVideo: number;
  readonly framesLookedAt: number;
  /** Seconds of video in which no frame was looked at, as its key frames say that nothing happens there. */
  readonly quietSeconds: number;
  readonly framesKept: number;
  /** How many frames were not kept, by rule. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}
