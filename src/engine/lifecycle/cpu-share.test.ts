import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuShare } from './cpu-share.ts';

test('runs that share a process add up to what it took', () => {
  let now = 100;
  const share = new CpuShare(() => now);
  const [one, two] = [Symbol('one'), Symbol('two')];
  now += 50; // Before anything ran.
  share.begin(one);
  now += 10;
  share.begin(two);
  now += 20;
  assert.deepEqual([share.of(one), share.of(two)], [20, 10]);
  share.end(one);
  now += 5;
  assert.deepEqual([share.of(one), share.of(two)], [0, 15]);
});
