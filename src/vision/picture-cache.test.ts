import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../core/frame.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { PictureCache } from './picture-cache.ts';

const page = (seed: number, mark = 0): Picture => {
  const [width, height] = [96, 54];
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (mark > 0 && x === 50 && y === 30) return mark;
    return Math.round(128 + 60 * Math.sin(x / (9 + seed) + y / 23) + 50 * Math.sin(y / 7 + (seed * x) / 31));
  });
  return { data, width, height, channels: 1 };
};

test('the same picture is found again', () => {
  const cache = new PictureCache<string>();
  cache.set(page(1), 'one');
  assert.equal(cache.get(page(1)), 'one');
});

test('a picture with the same hash and one changed mark is not taken for it', () => {
  const cache = new PictureCache<string>();
  const [plain, marked] = [page(1, 40), page(1, 90)];
  assert.equal(perceptualHash(plain), perceptualHash(marked), 'the case is about equal hashes');
  cache.set(plain, 'plain');
  assert.equal(cache.get(marked), undefined);
});

test('it stays small, and keeps what was asked for lately', () => {
  const cache = new PictureCache<number>(2);
  cache.set(page(1), 1);
  cache.set(page(2), 2);
  assert.equal(cache.get(page(1)), 1);
  cache.set(page(3), 3);
  assert.equal(cache.get(page(2)), undefined);
  assert.equal(cache.get(page(1)), 1);
  assert.equal(cache.get(page(3)), 3);
});
