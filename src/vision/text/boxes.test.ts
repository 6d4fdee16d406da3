import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBoxes } from './boxes.ts';

function mapOf(width: number, height: number, inside: (x: number, y: number) => boolean, value = 0.9): Float32Array {
  return Float32Array.from({ length: width * height }, (_, i) =>
    inside(i % width, Math.floor(i / width)) ? value : 0.05,
  );
}

test('two cores give two boxes, grown to the whole line', () => {
  const map = mapOf(200, 100, (x, y) => x >= 20 && x < 120 && ((y >= 20 && y < 30) || (y >= 60 && y < 70)));
  const [first, second, ...more] = findBoxes(map, 200, 100);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(more.length, 0);
  // 100 × 10 grown by 1000 × 1.6 ÷ 220 = 7.3 pixels to each side
  assert.ok(Math.abs(first.x0 - 12.7) < 0.1 && Math.abs(first.x1 - 127.3) < 0.1, `${first.x0} ${first.x1}`);
  assert.ok(first.y0 < 14 && first.y1 > 36 && second.y0 > 50);
  assert.equal(first.slope, 0);
});

test('a core at the edge of the map does not run on into the next row', () => {
  const map = mapOf(50, 20, (x, y) => (x >= 40 && y < 6) || (x < 10 && y >= 1 && y < 7));
  assert.equal(findBoxes(map, 50, 20).length, 2);
});

test('a tilted core is fitted by its slope and stays as high as its text', () => {
  const map = mapOf(400, 120, (x, y) => x >= 50 && x < 350 && Math.abs(y - 60 - 0.1 * (x - 200)) <= 5);
  const [box] = findBoxes(map, 400, 120);
  assert.ok(box !== undefined);
  assert.ok(Math.abs(box.slope - 0.1) < 0.01, `slope ${box.slope}`);
  assert.ok(box.y1 - box.y0 < 35, `height ${box.y1 - box.y0}`);
});

test('specks and faint patches are no lines', () => {
  assert.deepEqual(
    findBoxes(
      mapOf(50, 50, (x, y) => x === 10 && y < 9),
      50,
      50,
    ),
    [],
  );
  assert.deepEqual(
    findBoxes(
      mapOf(50, 50, (x, y) => x < 40 && y < 9, 0.4),
      50,
      50,
    ),
    [],
  );
});
