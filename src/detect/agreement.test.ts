import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../core/event.ts';
import { cohensKappa, matchEvents } from './agreement.ts';

test("Cohen's κ of the textbook table (20, 5, 10, 15) is 0.4", () => {
  const repeat = (count: number, pair: readonly [string, string]) => Array.from({ length: count }, () => pair);
  const pairs = [
    ...repeat(20, ['yes', 'yes']),
    ...repeat(5, ['yes', 'no']),
    ...repeat(10, ['no', 'yes']),
    ...repeat(15, ['no', 'no']),
  ];
  assert.ok(Math.abs((cohensKappa(pairs) ?? 0) - 0.4) < 1e-9);
  assert.equal(cohensKappa(repeat(5, ['yes', 'yes'])), undefined, 'one value only: nothing beyond chance can be said');
});

test('events match when one rule holds at the same time, each at most once', () => {
  const event = (rule: string, start: number, end: number): Event => ({
    id: `${rule}-${start}`,
    rule,
    title: rule,
    severity: 'info',
    start,
    end,
    confidence: 1,
    observations: [],
  });
  const first = [event('phone', 0, 10), event('phone', 20, 30), event('tired', 0, 4)];
  const second = [event('phone', 8, 22), event('tired', 4, 8), event('phone', 24, 40)];
  assert.deepEqual(matchEvents(first, second), { matched: 2, onlyFirst: 1, onlySecond: 1 });
});
