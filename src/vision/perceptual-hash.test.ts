import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../core/frame.ts';
import { hashDistance, perceptualHash } from './perceptual-hash.ts';

function page(draw: (x: number, y: number) => number): Picture {
  const [width, height] = [160, 90];
  const data = Uint8Array.from({ length: width * height }, (_, at) => draw(at % width, Math.floor(at / width)));
  return { data, width, height, channels: 1 };
}

const lines = (from: number) => (x: number, y: number) =>
  x > 10 && x < 120 && y > from && (y - from) % 16 < 6 ? 20 : 240;

test('a picture with noise keeps its hash, give or take a few bits', () => {
  const clean = page(lines(10));
  const noisy = page((x, y) => lines(10)(x, y) + ((x * 7 + y * 13) % 5) - 2);
  assert.ok(hashDistance(perceptualHash(clean), perceptualHash(noisy)) <= 6);
});

test('other pictures are far off', () => {
  const one = perceptualHash(page(lines(10)));
  const other = perceptualHash(page((x, y) => (x > 80 && y < 50 ? 30 : 200)));
  assert.ok(hashDistance(one, other) >= 18, `${hashDistance(one, other)} bits`);
});

test('the distance counts bits', () => {
  assert.equal(hashDistance('0000000000000000', 'ffffffffffffffff'), 64);
  assert.equal(hashDistance('8000000000000001', '8000000000000000'), 1);
});

test('a changed letter may leave the hash as it is: it proposes, and others decide', () => {
  const one = page(lines(10));
  const digit = page((x, y) => (x >= 60 && x < 64 && y >= 28 && y < 32 ? 120 : lines(10)(x, y)));
  assert.ok(hashDistance(perceptualHash(one), perceptualHash(digit)) <= 6);
});
