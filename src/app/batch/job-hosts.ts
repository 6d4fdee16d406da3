import { fork } from 'node:child_process';
import { extname } from 'node:path';
import type { Job, JobResult } from '../../core/batch.ts';
import { messageOf } from '../../core/errors.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import { smallYoungGeneration } from '../../core/v8-flags.ts';
import { Caller, ProcessEnded } from '../../stream/rpc.ts';
import type { JobMethods, JobOrders } from './job-methods.ts';

/** A stopped job has this long to leave its run in order, milliseconds. */
const patienceMs = 20_000;

interface AboutJob {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ToldEvent) => void;
}

/** One process that runs jobs. */
class Host {
  readonly #jobs: Caller<JobMethods>;
  #complaint = '';

  constructor() {
    const entry = new URL(`../../worker/job-host${extname(import.meta.url)}`, import.meta.url);
    const child = fork(entry, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', smallYoungGeneration],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    this.#jobs = new Caller(child, { patienceMs });
  }

  get dead(): boolean {
    return this.#jobs.ended;
  }

  get busy(): number {
    return this.#jobs.open;
  }

  async run(job: Job, orders: JobOrders, { signal, onEvent }: AboutJob): Promise<JobResult> {
    try {
      return await this.#jobs.call('run', { job, ...orders }, { signal, onEvent });
    } catch (error) {
      if (error instanceof ProcessEnded) return crashed(error.how, this.#complaint);
      return { state: 'failed', error: { code: 'bug', message: messageOf(error) } };
    }
  }

  async close(): Promise<void> {
    await this.#jobs[Symbol.asyncDispose]();
  }
}

function crashed(how: string, complaint: string): JobResult {
  const said = complaint.trim().split('\n').at(-1);
  const reason = said ? `${how}: ${said}` : how;
  return { state: 'failed', error: { code: 'crash', message: `the process that worked on it died (${reason}).` } };
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

  async run(job: Job, about: AboutJob): Promise<JobResult> {
    const { signal } = about;
    const first = await this.#free().run(job, this.#orders, about);
    if (first.error?.code !== 'crash' || signal.aborted) return signal.aborted ? asInterrupted(first) : first;
    const again = new Host();
    this.#hosts.add(again);
    try {
      return await again.run(job, this.#orders, about);
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
