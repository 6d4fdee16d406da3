import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchEvent, Job, JobRecord, JobResult } from '../../core/batch.ts';
import { runBatch } from './run-batch.ts';
import type { BatchEngine } from './run-batch.ts';

const jobsOf = (...sizes: number[]): Job[] =>
  sizes.map((bytes, index) => ({
    name: `${index}`,
    workflow: { id: 'slides' },
    video: `/v/${index}`,
    folder: `/o/${index}`,
    bytes,
  }));

interface Played {
  readonly begun: string[];
  readonly most: number;
  readonly records: readonly JobRecord[];
  readonly events: readonly BatchEvent[];
  readonly saved: readonly (readonly JobRecord[])[];
}

/** Plays a batch whose jobs are functions. */
async function play(
  jobs: Job[],
  run: (job: Job, signal: AbortSignal) => Promise<JobResult>,
  more: Partial<BatchEngine> = {},
): Promise<Played> {
  const [begun, events, saved]: [string[], BatchEvent[], (readonly JobRecord[])[]] = [[], [], []];
  let [running, most] = [0, 0];
  const records = jobs.map(({ video, folder, bytes }) => ({
    video,
    folder,
    bytes,
    state: 'waiting' as const,
    attempts: 0,
  }));
  const pass = runBatch({
    jobs,
    records,
    concurrency: 2,
    failFast: false,
    memory: { admits: () => Promise.resolve(true) },
    save: (list) => saved.push([...list]),
    signal: new AbortController().signal,
    run: async (job, { signal }) => {
      begun.push(job.video);
      running += 1;
      most = Math.max(most, running);
      const result = await run(job, signal);
      running -= 1;
      return result;
    },
    ...more,
  });
  for (;;) {
    const next = await pass.next();
    if (next.done) return { begun, most, records: next.value, events, saved };
    events.push(next.value);
  }
}

const states = (records: readonly JobRecord[]): string[] => records.map(({ state }) => state);
const finished = async (): Promise<JobResult> => {
  await sleep(5);
  return { state: 'finished', results: 'all' };
};
const failed: JobResult = { state: 'failed', error: { code: 'media', message: 'broken' } };

describe('a batch', () => {
  test('runs as many at once as it may, large ones first, and keeps the order of its list', async () => {
    const { begun, most, records, saved } = await play(jobsOf(1, 9, 5, 7), finished);
    assert.deepEqual(begun, ['/v/1', '/v/3', '/v/2', '/v/0']);
    assert.equal(most, 2);
    assert.deepEqual(
      records.map(({ video, state, attempts }) => [video, state, attempts]),
      [0, 1, 2, 3].map((index) => [`/v/${index}`, 'finished', 1]),
    );
    assert.deepEqual(states(saved.at(-1)!), ['finished', 'finished', 'finished', 'finished']);
  });

  test('one failure stops no other', async () => {
    const { records } = await play(jobsOf(1, 9, 5), (job) => (job.bytes === 9 ? Promise.resolve(failed) : finished()));
    assert.deepEqual(states(records), ['finished', 'failed', 'finished']);
    assert.equal(records[1]!.error?.message, 'broken');
  });

  test('with failFast it stops those that run and begins no further one', async () => {
    const { records, begun } = await play(
      jobsOf(1, 9, 5),
      async (job, signal) => {
        if (job.bytes === 9) return failed;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { state: 'interrupted' };
      },
      { failFast: true },
    );
    assert.deepEqual(begun, ['/v/1', '/v/2']);
    assert.deepEqual(states(records), ['waiting', 'failed', 'interrupted']);
  });

  test('what is done already is not begun', async () => {
    const jobs = jobsOf(1, 2);
    const records: JobRecord[] = [
      { video: '/v/0', folder: '0', bytes: 1, state: 'finished', attempts: 1 },
      { video: '/v/1', folder: '1', bytes: 2, state: 'waiting', attempts: 0 },
    ];
    const played = await play(jobs, finished, { records });
    assert.deepEqual(played.begun, ['/v/1']);
    assert.deepEqual(states(played.records), ['finished', 'finished']);
  });

  test('without room for another one runs alone, and the batch ends all the same', async () => {
    const { most, records } = await play(jobsOf(1, 2, 3), finished, {
      memory: { admits: () => Promise.resolve(false) },
    });
    assert.equal(most, 1);
    assert.deepEqual(states(records), ['finished', 'finished', 'finished']);
  });

  test('stopped from outside it leaves nothing running', async () => {
    const controller = new AbortController();
    const { records } = await play(
      jobsOf(3, 2, 1),
      async (_job, signal) => {
        controller.abort(new Error('enough'));
        assert.ok(signal.aborted);
        await sleep(5);
        return { state: 'interrupted' };
      },
      { signal: controller.signal },
    );
    assert.deepEqual(states(records), ['interrupted', 'waiting', 'waiting']);
  });
});
