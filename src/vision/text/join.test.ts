import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinPieces } from './join.ts';
import type { ReadLine } from './line.ts';

function piece(text: string, x0: number, x1: number, y0: number, height = 30): ReadLine {
  return { text, x0, x1, y0, y1: y0 + height, slope: 0, confidence: 0.9 };
}

const textsOf = (lines: readonly ReadLine[]): string[] => joinPieces(lines).map(({ text }) => text);

test('neighbours in one row are one line', () => {
  const [line, ...more] = joinPieces([
    piece('NULL,', 210, 300, 41),
    piece('name', 20, 100, 40),
    piece('NOT', 110, 205, 42),
  ]);
  assert.equal(more.length, 0);
  assert.equal(line?.text, 'name NOT NULL,');
  assert.deepEqual([line.x0, line.x1, line.y0, line.y1], [20, 300, 40, 72]);
  assert.ok(Math.abs(line.confidence - 0.9) < 1e-9);
});

test('cells of a table, other rows and other heights stay apart', () => {
  assert.deepEqual(textsOf([piece('id', 20, 50, 40), piece('title', 90, 160, 40)]), ['id', 'title']);
  assert.deepEqual(textsOf([piece('one', 20, 100, 40), piece('two', 105, 160, 65)]), ['one', 'two']);
  assert.deepEqual(textsOf([piece('Big', 20, 100, 40, 60), piece('note', 105, 160, 55)]), ['Big', 'note']);
});

test('a tilted line is followed along its slope', () => {
  const left = { ...piece('left', 0, 400, 100), slope: 0.1 };
  assert.deepEqual(textsOf([left, piece('right', 405, 605, 130)]), ['left right']);
  assert.deepEqual(textsOf([left, piece('right', 405, 605, 100)]), ['left', 'right']);
});
