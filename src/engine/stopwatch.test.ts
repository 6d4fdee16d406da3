import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stopwatch } from './stopwatch.ts';
import type { StageSpan } from './stopwatch.ts';

const of = (watch: Stopwatch, stage: string) => watch.timings().find((each) => each.stage === stage)!;

describe('the stopwatch', () => {
  test('keeps working apart from waiting', async () => {
    const spans: StageSpan[] = [];
    const watch = new Stopwatch((span) => spans.push(span));
    watch.timeSync('detect', () => {});
    await watch.wait('frames', () => sleep(20));
    assert.equal(of(watch, 'detect').waitMs, undefined);
    const frames = of(watch, 'frames');
    assert.ok(frames.waitMs! > 10 && frames.wallMs - frames.waitMs! <= 1);
    assert.deepEqual(
      spans.map(({ stage }) => stage),
      ['detect', 'wait: frames'],
    );
  });

  test('of work elsewhere, what overlaps counts as working once', async () => {
    const watch = new Stopwatch();
    const [first, second, third] = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const one = watch.elsewhere('text', 'thread', () => first!.promise);
    const two = watch.elsewhere('text', 'thread', () => second!.promise);
    await sleep(30);
    first!.resolve();
    await one;
    await sleep(30);
    second!.resolve();
    await two;
    // Nothing is under way meanwhile.
    await sleep(60);
    const three = watch.elsewhere('text', 'thread', () => third!.promise);
    third!.resolve();
    await three;
    const { wallMs, waitMs = 0, count, where } = of(watch, 'text');
    assert.deepEqual([count, where], [3, 'thread']);
    // 30 ms of the first lie within the 60 ms of the second.
    assert.ok(Math.abs(wallMs - waitMs - (wallMs * 2) / 3) < wallMs / 6, `${waitMs} of ${wallMs} ms waited`);
  });

  test('a failure is counted as well, and passed on', async () => {
    const watch = new Stopwatch();
    await assert.rejects(
      watch.time('write', () => Promise.reject(new Error('full'))),
      /full/,
    );
    assert.equal(of(watch, 'write').count, 1);
  });
});
