import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../core/frame.ts';
import { findDrawn } from './blank.ts';
import { drawText } from './lettering.fixture.ts';
import { resize } from './resize.ts';

const whole = (picture: Picture) => ({ x0: 0, y0: 0, x1: picture.width, y1: picture.height });

test('shrinking takes the mean of what each point covers', () => {
  const data = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => Math.floor(i / 3) * 10);
  const small = resize({ data, width: 4, height: 2, channels: 3 }, { x0: 0, y0: 0, x1: 4, y1: 2 }, 2, 1);
  assert.deepEqual([...small.data], [25, 25, 25, 45, 45, 45]);
});

test('an even picture stays even at any size', () => {
  const even: Picture = { data: new Uint8Array(31 * 17 * 3).fill(77), width: 31, height: 17, channels: 3 };
  for (const [width, height] of [
    [7, 5],
    [20, 16],
    [31, 40],
    [100, 3],
  ] as const) {
    const other = resize(even, whole(even), width, height);
    assert.equal(other.data.length, width * height * 3);
    assert.ok(other.data.every((value) => value === 77));
  }
});

test('a part of a picture is cut out as it is', () => {
  const data = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => i);
  const part = resize({ data, width: 5, height: 4, channels: 3 }, { x0: 1, y0: 2, x1: 3, y1: 4 }, 2, 2);
  assert.deepEqual([...part.data], [33, 34, 35, 36, 37, 38, 48, 49, 50, 51, 52, 53]);
});

test('blank rows and margins are left out, with some kept around what is drawn', () => {
  const page = drawText(400, 300, [
    { text: 'ONE', x: 100, y: 50, size: 3 },
    { text: 'TWO', x: 100, y: 220, size: 3 },
  ]);
  const { rows, x0, x1 } = findDrawn(page);
  assert.equal(rows[0], 34);
  assert.ok(rows.length < 120 && rows.includes(60) && rows.includes(230) && !rows.includes(140));
  assert.ok(x0 > 70 && x0 < 100 && x1 < 190);
});

test('an even page, a gradient and faint noise are blank', () => {
  const gradient = Uint8Array.from({ length: 200 * 50 * 3 }, (_, i) => Math.floor(i / 3) % 200);
  assert.equal(findDrawn({ data: gradient, width: 200, height: 50, channels: 3 }).rows.length, 0);
});
