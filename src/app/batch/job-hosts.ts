import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, JobResult } from '../../core/batch.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import { smallYoungGeneration } from '../../core/v8-flags.ts';
import type { FromHost, JobOrders, ToHost } from './host-messages.ts';

/** A stopped job has this long to leave its run in order, milliseconds. */
const patienceMs = 20_000;

interface Call {
  readonly onEvent: (event: ToldEvent) => void;
  readonly end: (result: JobResult) => void;
}

/** One process that runs jobs. */
class Host {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, Call>();
  #complaint = '';
  #count = 0;
  #dead = false;

  constructor() {
    const entry = new URL(`../../worker/job-host${extname(import.meta.url)}`, import.meta.url);
    this.#child = fork(entry, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', smallYoungGeneration],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    this.#child.on('message', (message: FromHost) => {
      const call = this.#calls.get(message.call);
      if (message.type === 'event') call?.onEvent(message.event);
      else call?.end(message.result);
    });
    this.#child.once('error', (error) => this.#die(error.message));
    this.#child.once('exit', (code, signal) => this.#die(signal ?? `exit ${code}`));
  }

  get dead(): boolean {
    return this.#dead;
  }

  get busy(): number {
    return this.#calls.size;
  }

  async run(job: Job, orders: JobOrders, signal: AbortSignal, onEvent: Call['onEvent']): Promise<JobResult> {
    if (this.#dead) return crashed('it could not be started');
    this.#count += 1;
    const call = this.#count;
    const { promise, resolve: end } = Promise.withResolvers<JobResult>();
    this.#calls.set(call, { onEvent, end });
    const stop = (): void => {
      this.#send({ type: 'stop', call });
      void sleep(patienceMs, undefined, { ref: false }).then(() => {
        if (this.#calls.has(call)) this.#child.kill('SIGKILL');
      });
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      this.#send({ type: 'run', call, job, ...orders });
      if (signal.aborted) stop();
      return await promise;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#calls.delete(call);
    }
  }

  async close(): Promise<void> {
    if (this.#dead) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #send(message: ToHost): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #die(how: string): void {
    this.#dead = true;
    const [said = how] = this.#complaint.trim().split('\n').slice(-1);
    for (const { end } of this.#calls.values()) end(crashed(said === '' ? how : `${how}: ${said}`));
  }
}

function crashed(how: string): JobResult {
  return { state: 'failed', error: { code: 'crash', message: `the process that worked on it died (${how}).` } };
}

/**
 * The processes that run a batch's jobs. Each is used for one job after another, so that its models are loaded once;
 * one that died is replaced, and its job is tried once more, alone in a new process.
 */
export class JobHosts implements AsyncDisposable {
  readonly #jobsEach: number;
  readonly #orders: JobOrders;
  readonly #hosts = new Set<Host>();

  /** @param jobsEach jobs that one process runs at the same time */
  constructor(jobsEach: number, orders: JobOrders) {
    this.#jobsEach = jobsEach;
    this.#orders = orders;
  }

  async run(
    job: Job,
    { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: (event: ToldEvent) => void },
  ): Promise<JobResult> {
    const first = await this.#free().run(job, this.#orders, signal, onEvent);
    if (first.error?.code !== 'crash' || signal.aborted) return signal.aborted ? asInterrupted(first) : first;
    const again = new Host();
    this.#hosts.add(again);
    try {
      return await again.run(job, this.#orders, signal, onEvent);
    } finally {
      this.#hosts.delete(again);
      await again.close();
    }
  }

  #free(): Host {
    for (const host of this.#hosts) if (host.dead) this.#hosts.delete(host);
    const free = [...this.#hosts].find(({ busy }) => busy < this.#jobsEach);
    if (free) return free;
    const host = new Host();
    this.#hosts.add(host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts].map((host) => host.close()));
    this.#hosts.clear();
  }
}

/** A job that did not leave in time when it was told to stop has not failed. */
function asInterrupted(result: JobResult): JobResult {
  return result.error?.code === 'crash' ? { ...result, state: 'interrupted' } : result;
}
