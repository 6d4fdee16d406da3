import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrencyFinder } from './finder.ts';
import { acquireSlot, Slots } from './slots.ts';

const { signal } = new AbortController();

test('those who wait come by turn, then by priority, then as they asked', async () => {
  const slots = new Slots('server', new ConcurrencyFinder({ fixed: 1 }));
  const first = await acquireSlot([slots], { signal });
  const came: string[] = [];
  const waiting = [
    ['second video, window 0', 2, 0],
    ['first video, window 7', 1, 7],
    ['first video, window 3', 1, 3],
    ['first video, window 3 again', 1, 3],
  ] as const;
  const all = waiting.map(async ([name, turn, priority]) => {
    using _ = await acquireSlot([slots], { turn, priority, signal });
    came.push(name);
  });
  first[Symbol.dispose]();
  await Promise.all(all);
  assert.deepEqual(came, [
    'first video, window 3',
    'first video, window 3 again',
    'first video, window 7',
    'second video, window 0',
  ]);
});

test('one that is given up while it waits takes no slot', async () => {
  const slots = new Slots('server', new ConcurrencyFinder({ fixed: 1 }));
  const held = await acquireSlot([slots], { signal });
  const stop = new AbortController();
  const given = acquireSlot([slots], { signal: stop.signal });
  stop.abort(new Error('given up'));
  await assert.rejects(given, /given up/);
  held[Symbol.dispose]();
  assert.equal(slots.inUse, 0);
  assert.equal(slots.waiting, 0);
});
