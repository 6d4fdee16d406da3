import { messageOf } from '../../core/errors.ts';
import { serve } from '../../stream/rpc.ts';
import { LocalAdapters } from '../adapters/local-adapters.ts';
import { findWorkflow } from '../registry.ts';
import type { JobMethods } from './job-methods.ts';
import { runJob } from './run-job.ts';

/**
 * The side of a job process that does the work: runs what it is told to over its channel. Where the batch is gone,
 * killed perhaps, every run is left as it is, to be continued.
 */
export function serveJobs(): void {
  const adapters = new LocalAdapters();
  serve<JobMethods>({
    run: ({ job, ...orders }, { signal, tell }) =>
      runJob(job, () => findWorkflow(job.workflow, adapters), { ...orders, signal, onEvent: tell }),
  });
  // Ctrl-C reaches the whole group of processes; the batch decides when this one stops.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  });
}
