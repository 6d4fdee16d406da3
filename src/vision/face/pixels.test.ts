import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../core/frame.ts';
import { areaOf, overlapOf, withoutRepeats } from './boxes.ts';
import { conditionOf } from './condition.ts';
import { crop, toPicture } from './crop.ts';

/** 4 × 3, red grows to the right, green downward. */
const ramp: Picture = {
  width: 4,
  height: 3,
  channels: 3,
  data: Uint8Array.from({ length: 36 }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    return channel === 0 ? (pixel % 4) * 50 : channel === 1 ? Math.floor(pixel / 4) * 80 : 7;
  }),
};
const whole = { x: 2, y: 1.5, width: 4, height: 3, angle: 0 };

test('a crop of the whole picture at its own size is the picture', () => {
  const pixels = crop(ramp, whole, 4, 3, { scale: 1, outside: 'edge' });
  assert.deepEqual(Array.from(pixels, Math.round), Array.from(ramp.data));
});

test('a mirrored crop has left and right exchanged', () => {
  const pixels = crop(ramp, whole, 4, 3, { scale: 1, outside: 'edge', mirrored: true });
  assert.equal(Math.round(pixels[0]!), 150);
  assert.equal(Math.round(pixels[9]!), 0);
});

test('a quarter turn brings the column on the right to the bottom', () => {
  const square = { x: 2, y: 1.5, width: 2, height: 2, angle: Math.PI / 2 };
  const pixels = crop(ramp, square, 2, 2, { scale: 1 });
  // Across the crop runs down the picture, down the crop runs to the picture's left.
  assert.ok(pixels[1]! < pixels[4]!);
  assert.ok(pixels[0]! > pixels[6]!);
});

test('outside the picture lies the offset, or the edge continued', () => {
  const beyond = { ...whole, x: -20 };
  assert.ok(crop(ramp, beyond, 2, 2, { scale: 1, offset: -1 }).every((value) => value === -1));
  const edge = crop(ramp, beyond, 2, 2, { scale: 1, outside: 'edge' });
  assert.deepEqual([edge[0], edge[2]], [0, 7]);
});

test('a point of a crop goes back to where it came from', () => {
  const patch = { x: 30, y: 40, width: 10, height: 20, angle: Math.PI / 2 };
  const [x, y] = toPicture(patch, 100, 100, 50, 100);
  assert.ok(Math.abs(x - 20) < 1e-9 && Math.abs(y - 40) < 1e-9);
});

test('overlapping boxes leave the best of them', () => {
  const box = (left: number, score: number) => ({ left, top: 0, right: left + 10, bottom: 10, score });
  assert.equal(areaOf(box(0, 1)), 100);
  assert.ok(Math.abs(overlapOf(box(0, 1), box(5, 1)) - 1 / 3) < 1e-9);
  assert.deepEqual(withoutRepeats([box(1, 0.6), box(0, 0.9), box(30, 0.5)], 0.3), [box(0, 0.9), box(30, 0.5)]);
});

test('a covered picture has neither contrast nor detail, a checkered one has both', () => {
  const grey = (value: (index: number) => number): Picture => ({
    width: 8,
    height: 8,
    channels: 1,
    data: Uint8Array.from({ length: 64 }, (_, index) => value(index)),
  });
  assert.deepEqual(conditionOf(grey(() => 30)), { brightness: 30, contrast: 0, detail: 0 });
  const checkered = conditionOf(grey((index) => (((index % 8) + Math.floor(index / 8)) % 2) * 200));
  assert.deepEqual(checkered, { brightness: 100, contrast: 100, detail: 200 });
});
