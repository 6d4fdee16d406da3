import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareLines, type PlacedLine } from './lines.ts';

const line = (text: string, x: number, y: number): PlacedLine => ({
  text,
  x,
  y,
  width: text.length * 0.01,
  height: 0.04,
});
const page = [
  line('Sorting in linear time', 0.1, 0.1),
  line('Counting sort needs small keys', 0.1, 0.3),
  line('71.3', 0.1, 0.5),
];

/** The page as it is beside a speaker. */
const small = page.map((each) => ({
  ...each,
  x: 0.64 * each.x + 0.02,
  y: 0.64 * each.y + 0.18,
  width: 0.64 * each.width,
  height: 0.64 * each.height,
}));

test('the same page is kept whole', () => {
  const { kept, changed, removed, added, total } = compareLines(page, page);
  assert.deepEqual([kept, changed, removed, added], [total[0], 0, 0, 0]);
});

test('the same page at another size is found by the similarity of its lines', () => {
  const { placement, kept, total } = compareLines(page, small);
  assert.ok(Math.abs(placement.scale - 0.64) < 0.01, `scale ${placement.scale}`);
  assert.equal(kept, total[0]);
});

test('a digit that differs is a changed number, a line more is added, a line less removed', () => {
  const digit = compareLines(page, [page[0]!, page[1]!, line('41.3', 0.1, 0.5)]);
  assert.equal(digit.numbersChanged, 1);
  assert.equal(digit.numberLines[0]?.text, '41.3');
  assert.equal(compareLines(page.slice(0, 2), page).added, 4);
  assert.equal(compareLines(page, page.slice(0, 2)).removed, 4);
});
