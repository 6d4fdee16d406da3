import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrencyFinder } from './finder.ts';

const kinds = { first: 2400, second: 350, third: 500 } as const;

/** Lets the finder work against a server whose answers take `1 × kind` until its slots are full, then wait. */
function settle(finder: ConcurrencyFinder, slots: number, answers = 2000): number {
  let count = 0;
  // An uneven sequence, the same each time: answers differ by up to 8 % for no reason the finder could see.
  for (; count < answers && !finder.settled; count += 1) {
    const kind = (['first', 'second', 'third'] as const)[count % 3] as keyof typeof kinds;
    const noise = 1 + (((count * 7919) % 17) - 8) / 100;
    finder.record(kind, kinds[kind] * Math.max(1, finder.limit / slots) * noise, finder.epoch);
  }
  return count;
}

for (const slots of [1, 2, 3, 4, 6, 8, 16, 30]) {
  test(`finds ${slots} slots that nobody told it of`, () => {
    const finder = new ConcurrencyFinder();
    const answers = settle(finder, slots);
    assert.ok(finder.settled, `settled after ${answers} answers`);
    assert.ok(finder.limit >= slots * 0.95 && finder.limit <= slots + Math.max(1, slots / 8), `found ${finder.limit}`);
  });
}

test('what the server tells is taken, a fixed number is kept', () => {
  const told = new ConcurrencyFinder({ told: 4 });
  settle(told, 2);
  assert.equal(told.limit, 4);
  const fixed = new ConcurrencyFinder({ fixed: 3 });
  fixed.refused(fixed.epoch);
  assert.equal(fixed.limit, 3);
});

test('a server that refuses gets half as many at once, and one refusal of many at once counts once', () => {
  const finder = new ConcurrencyFinder({ told: 8 });
  const { epoch } = finder;
  for (let index = 0; index < 8; index += 1) finder.refused(epoch);
  assert.equal(finder.limit, 4);
});

test('a server that gets more slots is found out', () => {
  const finder = new ConcurrencyFinder();
  settle(finder, 2);
  const before = finder.limit;
  assert.equal(before, 2);
  for (let count = 0; count < 1000; count += 1)
    finder.record('first', 100 * Math.max(1, finder.limit / 8), finder.epoch);
  assert.equal(finder.limit, 8);
});
