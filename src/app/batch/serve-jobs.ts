import { messageOf } from '../../core/errors.ts';
import { LocalAdapters } from '../adapters/local-adapters.ts';
import { findWorkflow } from '../registry.ts';
import type { FromHost, ToHost } from './host-messages.ts';
import { runJob } from './run-job.ts';

/** The side of a job process that does the work: runs what it is told to over its channel, until that closes. */
export function serveJobs(): void {
  const adapters = new LocalAdapters();
  const calls = new Map<number, AbortController>();
  const tell = (message: FromHost): void => {
    if (process.connected) process.send?.(message);
  };
  const run = async ({ call, job, ...orders }: Extract<ToHost, { type: 'run' }>): Promise<void> => {
    const controller = new AbortController();
    calls.set(call, controller);
    const result = await runJob(job, () => findWorkflow(job.workflow, adapters), {
      ...orders,
      signal: controller.signal,
      onEvent: (event) => tell({ type: 'event', call, event }),
    });
    calls.delete(call);
    tell({ type: 'ended', call, result });
  };
  process.on('message', (message: ToHost) => {
    if (message.type === 'stop') calls.get(message.call)?.abort(new Error('stopped'));
    else void run(message);
  });
  // Ctrl-C reaches the whole group of processes; the batch decides when this one stops.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  // The batch is gone, killed perhaps: every run is left as it is, to be continued.
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  });
}
