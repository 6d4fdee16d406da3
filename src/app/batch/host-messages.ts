import type { Job, JobResult } from '../../core/batch.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import type { JobSettings } from './run-job.ts';

/** How every job of a batch is run. */
export type JobOrders = Omit<JobSettings, 'signal' | 'onEvent'>;

/** What the batch tells a process that runs its jobs. */
export type ToHost =
  | ({ readonly type: 'run'; readonly call: number; readonly job: Job } & JobOrders)
  /** Ends that job; its run can be continued. */
  | { readonly type: 'stop'; readonly call: number };

/** What such a process tells. */
export type FromHost =
  | { readonly type: 'event'; readonly call: number; readonly event: ToldEvent }
  | { readonly type: 'ended'; readonly call: number; readonly result: JobResult };
