import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parallel } from './parallel.ts';
import { prefetch } from './prefetch.ts';

/** A source of owned values that counts how many were made and how many are alive. */
function counted(length: number) {
  const count = { alive: 0, made: 0, closed: 0 };
  async function* values() {
    try {
      for (let index = 0; index < length; index += 1) {
        count.alive += 1;
        count.made += 1;
        yield { index, [Symbol.dispose]: () => void (count.alive -= 1) };
      }
    } finally {
      count.closed += 1;
    }
  }
  return { count, values };
}

/** Lets every promise that can go on do so. */
const turns = async (count = 20) => {
  for (let index = 0; index < count; index += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('prefetch keeps the order, reads at most its size ahead and leaves nothing alive when abandoned', async () => {
  for (const stopAfter of [1, 3, 1000]) {
    const { count, values } = counted(50);
    const seen: number[] = [];
    for await (using value of prefetch(values(), 8)) {
      seen.push(value.index);
      await turns();
      assert.ok(count.made <= seen.length + 8, `${count.made} made when ${seen.length} were read`);
      if (seen.length === stopAfter) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: Math.min(stopAfter, 50) }, (_, index) => index),
    );
    assert.equal(count.alive, 0);
    assert.equal(count.closed, 1);
  }
});

test('prefetch hands on what came before an error, then the error', async () => {
  async function* failing() {
    yield 1;
    yield 2;
    throw new Error('torn');
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const value of prefetch(failing(), 4)) seen.push(value);
  }, /torn/);
  assert.deepEqual(seen, [1, 2]);
});

test('parallel yields in the order of the source whatever order the work ends in, within its limit', async () => {
  const { values } = counted(20);
  let underway = 0;
  let most = 0;
  const seen: number[] = [];
  const work = async (value: { index: number } & Disposable) => {
    most = Math.max(most, (underway += 1));
    await turns((20 - value.index) % 7);
    underway -= 1;
    value[Symbol.dispose]();
    return value.index;
  };
  for await (const index of parallel(values(), work, { limit: 4 })) seen.push(index);
  assert.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, index) => index),
  );
  assert.equal(most, 4);
});

test('an abandoned, failed or aborted parallel aborts its calls, disposes results and closes the source', async () => {
  for (const way of ['break', 'fail', 'abort'] as const) {
    const { count, values } = counted(100);
    const controller = new AbortController();
    let aborted = 0;
    const work = async (value: { index: number } & Disposable, signal: AbortSignal) => {
      if (value.index === 3 && way === 'fail') {
        value[Symbol.dispose]();
        throw new Error('work failed');
      }
      if (value.index > 3) {
        // Ends only by its signal: were the signal not aborted, this test would hang.
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        aborted += 1;
      } else await turns();
      return value;
    };
    const read = async () => {
      for await (using value of parallel(values(), work, { limit: 4, signal: controller.signal })) {
        if (value.index < 2) continue;
        await turns();
        if (way === 'break') break;
        if (way === 'abort') controller.abort(new Error('stop'));
      }
    };
    if (way === 'break') await read();
    else await assert.rejects(read, way === 'fail' ? /work failed/ : /stop/);
    assert.ok(aborted > 0, `${way}: calls under way were aborted`);
    assert.equal(count.alive, 0, `${way}: nothing left alive`);
    assert.equal(count.closed, 1, `${way}: the source was closed`);
  }
});
