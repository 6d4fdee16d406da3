import type { ModelRecord, RunCost, RunRecord, RunSummary, SourceIdentity } from '../../core/run.ts';
import type { RunEvent } from '../../core/run-event.ts';
import type { StageTime } from '../../core/stage-time.ts';
import type { DecodeReport, VideoInfo } from '../../core/video.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import type { LogLevel } from '../../store/run-log.ts';
import type { TracedActivity } from '../../store/trace.ts';

/** How a run is made, besides the options of its workflow. None of these decides what it finds. */
export interface RunSettings {
  /** The run folder. Default: beside the video, named after video and workflow. */
  readonly output?: string;
  /** Do it again although a finished run with the same options is there. Default false. */
  readonly force?: boolean;
  /** What goes to `run.log`. Default `info`. */
  readonly logLevel?: LogLevel;
  /** Write a trace of what was done when, for ui.perfetto.dev: true for `trace.json` in the run folder, or a path. */
  readonly trace?: boolean | string;
  /** Decode, look and read in turn, so that no more than one core is busy. Default: with one thread. */
  readonly inTurn?: boolean;
  /** Asks the user whether the embedded model may answer where no server does. Default: nobody is asked. */
  readonly agree?: (question: string) => Promise<boolean>;
  /** Ends the run; the folder can be continued. */
  readonly signal?: AbortSignal;
}

/**
 * How the runs of one workflow are made. The lifecycle (`runLifecycle`) opens, locks, continues, finishes and reports; a
 * workflow says what its stages are and does them.
 */
export interface RunnableWorkflow {
  readonly id: string;
  /** Rises when the same options find something else. */
  readonly version: number;
  /** The default folder of `cabin.mp4` is `cabin` + this: `.framesift`, `.driver.framesift`. */
  readonly folderSuffix: string;
  /** Throws FramesiftError `usage` where an option is wrong: before anything is opened. */
  check(input: unknown): void;
  /** Whether a run with these options waits for the server of a model rather than for this machine's cores. */
  asks(input: unknown): boolean;
  /**
   * Reads the options and what they name, and opens what has to be known before it is clear which run it is.
   *
   * @throws FramesiftError `usage`, `input`, `model` or `dependency`
   */
  prepare(input: unknown, order: PrepareOrder): Promise<PreparedRun>;
  /** The results in a few words, such as `14 slides`. */
  describe(summary: RunSummary): string;
}

export interface PrepareOrder {
  readonly video: string;
  readonly source: SourceIdentity;
  readonly settings: RunSettings;
  readonly signal: AbortSignal;
  /** Told before `started`; such warnings are kept and told after it. */
  readonly tell: (event: RunEvent) => void;
  readonly warn: (message: string) => void;
}

/** A part of the run that is stored, found done or continued as one. */
export interface PlannedStage {
  readonly id: string;
  /** Everything that decides what it finds, as JSON: a stage whose values are others is done anew. */
  readonly decides: Readonly<Record<string, unknown>>;
  /** What it writes, of `runFiles`: removed when it is done anew. */
  readonly files: readonly string[];
  /** Whether something is missing, or damaged, though the stage is finished in that record: a video that the user moved. */
  readonly isMissing?: (earlier: RunRecord, folder: string) => boolean | Promise<boolean>;
}

export interface PreparedRun extends AsyncDisposable {
  /** All options with their values, for `run.json`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The whole definition that runs, as JSON. */
  readonly definition: unknown;
  readonly stages: readonly PlannedStage[];
  /** Files of stages that the workflow knows and this run does not plan, by stage. */
  readonly otherStages?: Readonly<Record<string, readonly string[]>>;
  /** Opens the video and the models. */
  open(run: OpenRun): Promise<{ readonly video: VideoInfo; readonly models: readonly ModelRecord[] }>;
  /** Does what is not done. */
  work(run: OpenRun): Promise<RunResults>;
  /** Writes the report; its results lie in the folder. */
  report(record: RunRecord, run: OpenRun): Promise<void>;
}

/** What `run.json` says of a run that did its work. */
export interface RunResults {
  readonly decode: DecodeReport;
  readonly timings: readonly StageTime[];
  readonly counts: RunRecord['counts'];
  readonly figures?: RunRecord['figures'];
  /** CPU time and memory are the lifecycle's to measure. */
  readonly cost: Omit<RunCost, 'cpuMs' | 'peakMemoryMb'>;
  readonly metrics?: unknown;
  /** Times of the frames that a model was shown, seconds, in this run or an earlier part of it. Default: none. */
  readonly shown?: readonly number[];
  readonly warnings: readonly string[];
}

/** A stage while the run goes on. */
export interface RunningStage {
  /** `new`: nothing of it is there. `part`: an earlier run began it. `done`: there is nothing to do. */
  readonly earlier: 'new' | 'part' | 'done';
  /** Whether an earlier run had come to its end, with pieces that failed. */
  readonly reachedEnd: boolean;
  /** What an earlier run had settled by trial. */
  readonly settled: Readonly<Record<string, unknown>> | undefined;
  /** @param done pieces that are kept of an earlier run */
  begin(done?: number): Promise<void>;
  /** Writes down what was found out by trial, before it is used. */
  settle(values: Readonly<Record<string, unknown>>): Promise<void>;
  /** @param failed pieces that can be tried again */
  end(failed?: number): Promise<void>;
}

/** What a workflow is given to work with. All of it is borrowed. */
export interface OpenRun {
  readonly video: string;
  readonly source: SourceIdentity;
  readonly folder: RunFolder;
  readonly settings: RunSettings;
  readonly signal: AbortSignal;
  /** One of the planned stages. */
  readonly stage: (id: string) => RunningStage;
  readonly tell: (event: RunEvent) => void;
  readonly warn: (message: string) => void;
  /** Undefined where no trace is wanted. */
  readonly trace: ((activity: TracedActivity) => void) | undefined;
}
