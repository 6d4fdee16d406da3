import type { Job, JobEvent, JobResult } from '../../core/batch.ts';
import type { LogLevel } from '../log.ts';

/** What the batch tells a process that runs its jobs. */
export type ToHost =
  | {
      readonly type: 'run';
      readonly call: number;
      readonly job: Job;
      readonly options: Readonly<Record<string, unknown>>;
      readonly threads: number;
      /** The one thread was asked for: nothing of a video is done side by side. */
      readonly inTurn: boolean;
      readonly force: boolean;
      readonly logLevel: LogLevel;
    }
  /** Ends that job; its run can be continued. */
  | { readonly type: 'stop'; readonly call: number };

/** What such a process tells. */
export type FromHost =
  | { readonly type: 'event'; readonly call: number; readonly event: JobEvent }
  | { readonly type: 'ended'; readonly call: number; readonly result: JobResult };
