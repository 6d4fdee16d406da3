import type { FrameKind, Span } from './slide.ts';
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
  /** The state of the picture that the frame belongs to, by its number in `states.json`. */
  readonly state?: number;
  /** What the models said that were asked (`--embedder`, `--frame-classifier`, `--kinds`). */
  readonly opinions?: readonly Opinion[];
}

/** The form of `run.json` that this version writes. Another one is refused: it would be misread. */
export const runFormatVersion = 2;

/**
 * `incomplete`: the run ended and its results are whole but for what failed on the way, such as answers that a server did
 * not give; the same command asks for just these again.
 */
export type RunState = 'running' | 'interrupted' | 'failed' | 'incomplete' | 'finished';

/** A part of a run that is done, stored and continued as one. */
export interface StageRecord {
  /** `slides`, `measure`, `ask`: unique within the run. */
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'incomplete' | 'finished';
  /** Everything that decides what this stage finds. A stage with other values is done anew. */
  readonly decides: Readonly<Record<string, unknown>>;
  /** Pieces that failed and can be tried again. Absent: none. */
  readonly failed?: number;
  /** What the stage found out by trial and keeps to when it is continued, such as the plan of its questions. */
  readonly settled?: Readonly<Record<string, unknown>>;
}

/**
 * Where the part of the video ends that a run looked at, in seconds: at `--until`, which decoders run past, or where the
 * video ends. Undefined before decoding ended.
 */
export function endOfRun(run: { readonly decode: DecodeReport; readonly options: RunRecord['options'] }): number;
export function endOfRun(run: Pick<RunRecord, 'decode' | 'options'>): number | undefined;
export function endOfRun({ decode, options }: Pick<RunRecord, 'decode' | 'options'>): number | undefined {
  const { until = Infinity } = options;
  return decode && Math.min(decode.endSeconds, Number(until));
}

/** What tells one video file from another. */
export interface SourceIdentity {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modified: string;
  /** SHA-256 over the size and the first and last MiB: tells two files apart without reading hours of video. */
  readonly identity: string;
}

/** A workflow as `run.json` names it. */
export interface WorkflowName {
  readonly id: string;
  readonly version: number;
}

export interface ModelRecord {
  readonly use: string;
  readonly id: string;
  readonly version?: string;
  /** Where it ran: `cpu`, `cuda`, `coreml`, `directml`. */
  readonly device?: string;
}

/** What a million tokens cost, of prompts and of answers, in a currency of the user's. */
export interface Price {
  readonly in: number;
  readonly out: number;
}

/** What tokens come to; undefined without a price. */
export function moneyOf({
  price,
  tokensIn,
  tokensOut,
}: Pick<RunCost, 'tokensIn' | 'tokensOut'> & { readonly price?: Price | undefined }): number | undefined {
  return price && Math.round(tokensIn * price.in + tokensOut * price.out) / 1e6;
}

export interface RunCost {
  /** Requests to language models, failed ones and retries included. */
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** What its tokens cost, where that was given. */
  readonly price?: Price;
  /** What they came to, in the currency of the price. */
  readonly money?: number;
  /** Of this process, its threads and its decoders. Milliseconds. */
  readonly cpuMs: number;
  readonly peakMemoryMb: number;
}

/** Frames that models beyond this machine were shown. */
export interface SentFrames {
  /** The servers' addresses. Each frame went to one of them, or to several. */
  readonly to: readonly string[];
  /** When the frames are shown in the video, seconds, in order. */
  readonly frames: readonly number[];
}

/** `run.json`, the manifest of a run. */
export interface RunRecord {
  readonly formatVersion: number;
  /** The version of framesift that wrote it. */
  readonly framesift: string;
  /** With the whole definition that ran: questions, rules, prompts. */
  readonly workflow: WorkflowName & { readonly definition: unknown };
  readonly state: RunState;
  readonly error?: { readonly code: string; readonly message: string };
  readonly source: SourceIdentity;
  readonly video: VideoInfo;
  /** Says that the folder is this user's own: made here, with these options. Absent: nothing is known of it. */
  readonly mark?: string | undefined;
  /** All options with their values, as the run was given them. `stages` says which of them decide results. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly stages: readonly StageRecord[];
  readonly models: readonly ModelRecord[];
  readonly started: string;
  readonly finished?: string;
  /** When its pictures were removed, by `framesift forget`. */
  readonly forgotten?: string;
  /** Frames that left this machine. Absent: none did. */
  readonly sent?: SentFrames;
  readonly timings: readonly StageTime[];
  readonly decode?: DecodeReport;
  /** Whole numbers of things: `slides`, `framesLookedAt`, `answered`, an event's rule. */
  readonly counts: Readonly<Record<string, number>>;
  /** Other figures of the result, such as `measurable`, a share. */
  readonly figures: Readonly<Record<string, number>>;
  readonly cost: RunCost;
  /** What the workflow keeps beside these; of questions their metrics. */
  readonly metrics?: unknown;
  readonly warnings: readonly string[];
}

/** A stretch of the video and what it shows, also where that is no slide. Drawn as the strip in the report. */
export interface ShownSpan extends Span {
  readonly kind: FrameKind;
  readonly confidence: number;
  readonly slide?: number;
}

/** The last event of a run that came to its end, and what `framesift status` shows of one. Made of `run.json` alone. */
export interface RunSummary {
  readonly folder: string;
  readonly report: string;
  readonly workflow: string;
  readonly state: RunState;
  /** True when a finished run was found and nothing had to be done. */
  readonly alreadyDone: boolean;
  /** Seconds of the video that were worked through. */
  readonly videoSeconds: number;
  readonly elapsedSeconds: number;
  readonly counts: RunRecord['counts'];
  readonly figures: RunRecord['figures'];
  readonly cost: RunCost;
  readonly metrics?: unknown;
  /** Frames that left this machine. Absent: none did. */
  readonly sent?: SentFrames;
  readonly warnings: readonly string[];
}

/** What `run.json` says of a run, for people and programs. */
export function summaryOf(record: RunRecord, folder: string, report: string, alreadyDone: boolean): RunSummary {
  const { workflow, state, started, finished, counts, figures, cost, metrics, sent, warnings, options } = record;
  const from = Number(options['from'] ?? 0);
  return {
    folder,
    report,
    workflow: workflow.id,
    state,
    alreadyDone,
    videoSeconds: Math.max(0, (endOfRun(record) ?? from) - from),
    elapsedSeconds: finished === undefined ? 0 : (Date.parse(finished) - Date.parse(started)) / 1000,
    counts,
    figures,
    cost,
    ...(metrics === undefined ? {} : { metrics }),
    ...(sent === undefined ? {} : { sent }),
    warnings,
  };
}
