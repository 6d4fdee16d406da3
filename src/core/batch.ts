import type { ErrorCode } from './errors.ts';
import type { ToldEvent } from './run-event.ts';
import type { RunCost, RunState, RunSummary } from './run.ts';

/** The workflow that a batch, or a job, runs. */
export interface WorkflowRef {
  readonly id: string;
  /** The YAML file that defines it, absolute, where it is not built in. */
  readonly file?: string;
}

/** One video under one workflow: a run to be made. */
export interface Job {
  /** Unique within the batch: the run's folder relative to that of the batch. */
  readonly name: string;
  readonly workflow: WorkflowRef;
  /** Absolute path. */
  readonly video: string;
  /** The run's folder, absolute. */
  readonly folder: string;
  /** Size of the video; the large ones begin first, so that no long one is left to the end alone. */
  readonly bytes: number;
}

export type JobState = 'waiting' | 'running' | Exclude<RunState, 'running'>;

/** What a run came to. */
export interface JobResult {
  readonly state: Exclude<RunState, 'running'>;
  readonly error?: { readonly code: ErrorCode | 'bug'; readonly message: string };
  /** True when a finished run was found and nothing had to be done. */
  readonly alreadyDone?: boolean;
  /** In a few words, such as `14 slides`. */
  readonly results?: string;
  readonly videoSeconds?: number;
  readonly cost?: RunCost;
  readonly warnings?: number;
}

/** A line of `batch.json`. */
export interface JobRecord extends Omit<JobResult, 'state'> {
  readonly video: string;
  /** Relative to the batch's folder. */
  readonly folder: string;
  readonly bytes: number;
  readonly state: JobState;
  /** How often it was begun in this batch. */
  readonly attempts: number;
  readonly elapsedSeconds?: number;
}

/** The form of `batch.json` that this version writes. */
export const batchFormatVersion = 2;

/** `batch.json`: everything that is needed to go on with a batch, and what has come of it so far. */
export interface BatchRecord {
  readonly formatVersion: typeof batchFormatVersion;
  readonly framesift: string;
  readonly workflow: WorkflowRef;
  /** The options of every run, as they were given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Says that the folder is this user's own: made here, with these options. */
  readonly mark?: string | undefined;
  readonly settings: BatchSettings;
  readonly state: 'running' | 'interrupted' | 'finished';
  readonly started: string;
  readonly finished?: string;
  readonly elapsedSeconds?: number;
  readonly peakMemoryMb?: number;
  readonly jobs: readonly JobRecord[];
}

/** How a batch is worked through; kept for `framesift resume`. */
export interface BatchSettings {
  /** Videos at once; `auto` is one for each core. */
  readonly jobs: number | 'auto';
  /** Threads of each; default: the cores divided by the jobs. */
  readonly threads?: number;
  /** What all processes together may take, MiB. Default: four fifths of what is free at the start. */
  readonly memoryMb?: number;
  /** This part of the list alone, such as 2 of 8. */
  readonly shard?: { readonly part: number; readonly of: number };
  readonly limit?: number;
  readonly failFast?: boolean;
}

/**
 * Everything that a batch tells while it goes: the events of its runs, each with the name of its job, and between them
 * where jobs and batch begin and end.
 */
export type BatchEvent =
  | {
      readonly type: 'batch-started';
      readonly folder: string;
      readonly jobs: readonly JobRecord[];
      readonly concurrency: number;
    }
  | { readonly type: 'job-started'; readonly job: string }
  | (ToldEvent & { readonly job: string })
  | { readonly type: 'job-ended'; readonly job: string; readonly record: JobRecord }
  | { readonly type: 'batch-finished'; readonly summary: BatchSummary };

/** What a batch came to. */
export interface BatchSummary {
  readonly folder: string;
  readonly jobs: readonly JobRecord[];
  readonly elapsedSeconds: number;
  readonly peakMemoryMb: number;
}

/** What `batch.json` says of a run that has ended. */
export const resultOf = (summary: RunSummary, results: string): JobResult => ({
  state: summary.state === 'incomplete' ? 'incomplete' : 'finished',
  results,
  alreadyDone: summary.alreadyDone,
  videoSeconds: summary.videoSeconds,
  cost: summary.cost,
  warnings: summary.warnings.length,
});
