import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { displaySize, fitWithin, rotationOf, squareWithinRounding } from './picture-size.ts';
import { SamplingPlan } from './sampling-plan.ts';
import type { PlannedPacket } from './sampling-plan.ts';

const packets = (...times: number[]): PlannedPacket[] =>
  times.map((timeSeconds, at) => ({ timeSeconds, keyframe: at === 0 }));
const wanted = (group: readonly PlannedPacket[]): number[] =>
  group.flatMap((packet) => (packet.wanted ? [packet.timeSeconds] : []));

describe('a sampling plan', () => {
  test('takes the first frame at or after each wanted time, in decoding order or not', () => {
    const plan = new SamplingPlan({ everySeconds: 1 });
    const group = packets(0, 0.9, 0.3, 0.6, 1.2, 1.5, 2.4, 1.8);
    assert.equal(plan.chooseGroup(group), 6);
    assert.deepEqual(wanted(group), [0, 1.2, 2.4]);
    const next = packets(2.9, 3, 3.5);
    assert.equal(plan.chooseGroup(next), 1);
    assert.deepEqual(wanted(next), [3]);
  });

  test('a gap takes one frame and goes on with the grid', () => {
    const plan = new SamplingPlan({ everySeconds: 1 });
    const group = packets(0, 5.5, 5.9, 6.1);
    plan.chooseGroup(group);
    assert.deepEqual(wanted(group), [0, 5.5, 6.1]);
  });

  test('a frame that is held for a step or longer is taken, also at the end of a group', () => {
    const plan = new SamplingPlan({ everySeconds: 0.5 });
    const group = packets(0, 6, 6.1, 7.4);
    assert.equal(plan.chooseGroup(group, 15), 3);
    assert.deepEqual(wanted(group), [0, 6, 6.1, 7.4]);
    const closing = packets(15, 15.2);
    plan.chooseGroup(closing);
    assert.deepEqual(wanted(closing), [15]);
  });

  test('from and until', () => {
    const plan = new SamplingPlan({ everySeconds: 1, fromSeconds: 1.5, untilSeconds: 3.5 });
    const group = packets(0, 1, 2, 3, 4);
    assert.equal(plan.chooseGroup(group), 3);
    assert.deepEqual(wanted(group), [2, 3]);
    assert.ok(plan.finished);
  });

  test('what is taken beside quiet spans is a part of what would be taken without them', () => {
    const group = (): PlannedPacket[] => packets(...Array.from({ length: 81 }, (_, at) => at / 4));
    const whole = group();
    new SamplingPlan({ everySeconds: 1.5 }).chooseGroup(whole);
    const plan = new SamplingPlan({
      everySeconds: 1.5,
      quiet: [
        { start: 2, end: 2.5 },
        { start: 4, end: 9.1 },
        { start: 10, end: 10.4 },
        { start: 14, end: Infinity },
      ],
    });
    const thinned = group();
    const last = plan.chooseGroup(thinned);
    assert.deepEqual(wanted(thinned), [0, 1.5, 3, 10.5, 12, 13.5]);
    assert.equal(last, 54);
    const all = new Set(wanted(whole));
    assert.ok(wanted(thinned).every((time) => all.has(time)));
  });

  test('the beginning of a long group is settled but for what later packets may overtake', () => {
    const plan = new SamplingPlan({ everySeconds: 10 });
    const part = packets(...Array.from({ length: 100 }, (_, at) => at));
    assert.equal(plan.choosePart(part), 68);
    assert.deepEqual(wanted(part), [0, 10, 20, 30, 40, 50, 60]);
  });

  test('a rounded time is still the wanted one', () => {
    assert.ok(new SamplingPlan({ everySeconds: 1, fromSeconds: 3 }).takes(2.9999995));
    assert.ok(!new SamplingPlan({ everySeconds: 1, fromSeconds: 3 }).takes(2.99));
  });
});

describe('picture sizes', () => {
  const coded = { width: 720, height: 576 };
  test('square pixels, upright, no detail lost', () => {
    assert.deepEqual(displaySize(coded, 64 / 45, 0), { width: 1024, height: 576 });
    assert.deepEqual(displaySize(coded, 0.5, 0), { width: 720, height: 1152 });
    assert.deepEqual(displaySize(coded, 1, 270), { width: 576, height: 720 });
    assert.equal(squareWithinRounding(1280 / 1281), 1);
    assert.equal(squareWithinRounding(45 / 44), 45 / 44);
  });
  test('fitting shrinks and never enlarges', () => {
    assert.deepEqual(fitWithin({ width: 1920, height: 1080 }, 384), { width: 384, height: 216 });
    assert.deepEqual(fitWithin({ width: 100, height: 60 }, 384), { width: 100, height: 60 });
    assert.deepEqual(fitWithin({ width: 5000, height: 1 }, 100), { width: 100, height: 1 });
  });
  test('the turn in a display matrix', () => {
    const matrix = (a: number, b: number): Uint8Array => {
      const view = new DataView(new ArrayBuffer(36));
      view.setInt32(0, a * 65_536, true);
      view.setInt32(4, b * 65_536, true);
      return new Uint8Array(view.buffer);
    };
    assert.deepEqual([matrix(1, 0), matrix(0, 1), matrix(-1, 0), matrix(0, -1)].map(rotationOf), [0, 90, 180, 270]);
    assert.equal(rotationOf(null), 0);
  });
});
