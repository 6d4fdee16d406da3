import type { ErrorCode } from './errors.ts';

/** What is done with each video of a batch. */
export const jobKinds = ['slides', 'questions', 'driver-face'] as const;
export type JobKind = (typeof jobKinds)[number];

/** One video under one workflow: a run to be made. */
export interface Job {
  readonly kind: JobKind;
  /** Absolute path. */
  readonly video: string;
  /** The run's folder, absolute. */
  readonly folder: string;
  /** Size of the video; the large ones begin first, so that no long one is left to the end alone. */
  readonly bytes: number;
}

export type JobState = 'waiting' | 'running' | 'finished' | 'failed' | 'interrupted';

/** What a run came to. */
export interface JobResult {
  readonly state: 'finished' | 'failed' | 'interrupted';
  readonly error?: { readonly code: ErrorCode | 'bug'; readonly message: string };
  /** True when a finished run was found and nothing had to be done. */
  readonly alreadyDone?: boolean;
  /** In a few words, such as `14 slides`. */
  readonly results?: string;
  readonly videoSeconds?: number;
  readonly cost?: JobCost;
  readonly warnings?: number;
}

export interface JobCost {
  readonly cpuSeconds: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
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

/** `batch.json`: everything that is needed to go on with a batch, and what has come of it so far. */
export interface BatchRecord {
  readonly framesift: string;
  readonly kind: JobKind;
  /** The options of every run, as they were given. */
  readonly options: Readonly<Record<string, unknown>>;
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

/** What a job tells while it runs. */
export type JobEvent =
  | { readonly type: 'progress'; readonly stage: string; readonly seconds: number; readonly ofSeconds?: number }
  | { readonly type: 'warning'; readonly message: string };

/** Everything that a batch tells while it goes. `job` counts from 0 in the order of `jobs`. */
export type BatchEvent =
  | { readonly type: 'batch'; readonly folder: string; readonly jobs: readonly JobRecord[]; readonly atOnce: number }
  | { readonly type: 'job-started'; readonly job: number }
  | { readonly type: 'job-event'; readonly job: number; readonly event: JobEvent }
  | { readonly type: 'job-ended'; readonly job: number; readonly record: JobRecord }
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'finished'; readonly summary: BatchSummary };

export interface BatchSummary {
  readonly folder: string;
  readonly jobs: readonly JobRecord[];
  readonly elapsedSeconds: number;
  readonly peakMemoryMb: number;
}
