import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldRate } from './hold-rate.ts';

/** Guesses made in so many windows, of which every one holds or none does. */
function guesses(rate: HoldRate, windows: number, holds: boolean, question = 'a'): number {
  let made = 0;
  for (let window = 0; window < windows; window += 1) {
    if (!rate.allows(question)) continue;
    made += 1;
    rate.record(question, holds);
  }
  return made;
}

test('guesses that hold go on; those that do not stop after a few, and are tried again rarely', () => {
  const rate = new HoldRate(0.5);
  assert.equal(guesses(rate, 50, true), 50);
  assert.ok(guesses(rate, 10, false) <= 5, 'as soon as half of the latest did not hold');
  assert.ok(guesses(rate, 200, false) <= 10, 'one in twenty');
  assert.equal(guesses(rate, 50, true, 'another'), 50, 'each question has a rate of its own');
  assert.ok(rate.braked > 150);
});

test('where guesses hold again they are made again', () => {
  const rate = new HoldRate(0.5);
  guesses(rate, 20, false);
  guesses(rate, 200, true);
  assert.equal(guesses(rate, 20, true), 20);
});

test('with a share of 0 it never stops', () => {
  assert.equal(guesses(new HoldRate(0), 50, false), 50);
});
