import type { BatchEvent, Job, JobRecord, JobResult } from '../../core/batch.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import { EventQueue } from '../../stream/event-queue.ts';

/** What a batch needs of the world around it. */
export interface BatchEngine {
  readonly jobs: readonly Job[];
  readonly records: readonly JobRecord[];
  /** Jobs that may run at the same time. */
  readonly concurrency: number;
  readonly failFast: boolean;
  /** Runs one job to its end. Never rejects: what went wrong is part of the result. */
  run(
    job: Job,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: ToldEvent) => void },
  ): Promise<JobResult>;
  readonly memory: MemoryGate;
  /** Told of every change, so that it can be written down. */
  save(records: readonly JobRecord[]): void;
  readonly signal: AbortSignal;
}

/** Says whether there is room for one more job. */
export interface MemoryGate {
  /** Asked before a job begins while others run; the first one always begins. */
  admits(running: number): Promise<boolean>;
}

/** How long to wait before room is asked for again, milliseconds. */
const askAgainMs = 250;

/**
 * Works through jobs, several at once: large ones first, each when a place and the memory for it are free. One that
 * fails stops no other, unless `failFast`. When `signal` is aborted no further one begins and those that run are
 * stopped, each of which leaves a run that can be continued.
 */
export async function* runBatch(engine: BatchEngine): AsyncGenerator<BatchEvent, readonly JobRecord[]> {
  const { jobs, concurrency, failFast, memory } = engine;
  const records = [...engine.records];
  const queue = new EventQueue<BatchEvent>();
  const waiting = jobs
    .map((job, index) => ({ job, index }))
    .filter(({ index }) => records[index]!.state !== 'finished')
    .sort((a, b) => b.job.bytes - a.job.bytes || a.index - b.index);
  const stopping = new AbortController();
  const signal = AbortSignal.any([engine.signal, stopping.signal]);
  let running = 0;

  const update = (index: number, more: Partial<JobRecord>): JobRecord => {
    // What an earlier attempt said of itself is no longer true of this one.
    const { video, folder, bytes, attempts, state } = records[index]!;
    records[index] = { video, folder, bytes, attempts, state, ...more };
    engine.save(records);
    return records[index];
  };
  const work = async (): Promise<void> => {
    for (;;) {
      while (!signal.aborted && waiting.length > 0 && running > 0 && !(await memory.admits(running))) {
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      }
      const next = signal.aborted ? undefined : waiting.shift();
      if (!next) return;
      running += 1;
      const { job, index } = next;
      update(index, { state: 'running', attempts: records[index]!.attempts + 1 });
      queue.push({ type: 'job-started', job: job.name });
      const began = performance.now();
      const result = await engine.run(job, {
        signal,
        onEvent: (event) => queue.push({ ...event, job: job.name }),
      });
      running -= 1;
      const elapsedSeconds = Math.round(performance.now() - began) / 1000;
      queue.push({ type: 'job-ended', job: job.name, record: update(index, { ...result, elapsedSeconds }) });
      if (failFast && result.state === 'failed') stopping.abort(new Error('another video failed'));
    }
  };

  const all = Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, work)).finally(() =>
    queue.close(),
  );
  try {
    yield* queue;
    await all;
    return records;
  } finally {
    // Left early by the reader: nothing goes on behind its back.
    stopping.abort(new Error('the batch was given up'));
    await all.catch(() => {});
  }
}
