import { messageOf } from '../../core/errors.ts';
import { SharedModels } from '../shared-models.ts';
import type { FromHost, ToHost } from './host-messages.ts';
import { runJob } from './run-job.ts';

/** Progress is told this often at most, milliseconds: frames come faster than anybody reads. */
const tellEveryMs = 200;

/** The side of a job process that does the work: runs what it is told to over its channel, until that closes. */
export function serveJobs(): void {
  const shared = new SharedModels();
  const calls = new Map<number, AbortController>();
  const tell = (message: FromHost): void => {
    if (process.connected) process.send?.(message);
  };
  const run = async ({ call, job, ...rest }: Extract<ToHost, { type: 'run' }>): Promise<void> => {
    const controller = new AbortController();
    calls.set(call, controller);
    let toldAt = -Infinity;
    const result = await runJob(job, {
      ...rest,
      shared,
      signal: controller.signal,
      onEvent: (event) => {
        const now = performance.now();
        if (event.type === 'progress' && now - toldAt < tellEveryMs) return;
        if (event.type === 'progress') toldAt = now;
        // Events carry what only this side needs; what crosses is what the type says.
        tell({ type: 'event', call, event: plain(event) });
      },
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

function plain(event: Parameters<Parameters<typeof runJob>[1]['onEvent']>[0]): typeof event {
  if (event.type === 'warning') return { type: 'warning', message: event.message };
  const { type, stage, seconds, ofSeconds } = event;
  return { type, stage, seconds, ...(ofSeconds === undefined ? {} : { ofSeconds }) };
}
