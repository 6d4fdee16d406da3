import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { together } from './together.ts';

const { signal } = new AbortController();
/** Ends only by its signal: were that not aborted, the test would hang. */
const endless = (within: AbortSignal) =>
  new Promise<never>((_, reject) => within.addEventListener('abort', () => reject(within.reason as Error)));

test('gives what each gave, in their order', async () => {
  const [slow, quick] = await together<[string, number]>(signal, () => [
    sleep(5).then(() => 'slow'),
    Promise.resolve(2),
  ]);
  assert.deepEqual([slow, quick], ['slow', 2]);
});

test('one that fails stops the others, and its error counts', async () => {
  let ended = false;
  const other = async (within: AbortSignal) => {
    await endless(within).catch(() => {});
    await sleep(5);
    ended = true;
    throw new Error('stopped');
  };
  const failing = sleep(1).then(() => Promise.reject(new Error('the disk is full')));
  await assert.rejects(
    together(signal, (within) => [other(within), failing]),
    /the disk is full/,
  );
  assert.ok(ended, 'the other one was waited for');
});

test('an abort from outside stops all, with its reason', async () => {
  const controller = new AbortController();
  const both = together(controller.signal, (within) => [endless(within), endless(within)]);
  controller.abort(new Error('Ctrl-C'));
  await assert.rejects(both, /Ctrl-C/);
});
