import type { Job, JobResult } from '../../core/batch.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import type { Method } from '../../stream/rpc.ts';
import type { JobSettings } from './run-job.ts';

/** How every job of a batch is run. */
export type JobOrders = Omit<JobSettings, 'signal' | 'onEvent'>;

/** What a process that runs a batch's jobs does. A job that is aborted can be continued. */
export interface JobMethods {
  readonly run: Method<JobOrders & { readonly job: Job }, JobResult, ToldEvent>;
}
