import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLine } from './split.ts';

/** Ink of 14 columns and a gap of 4, with a gap of 14 after every fifth letter. */
function words(letters: number): Float32Array {
  const columns: number[] = [];
  for (let letter = 0; letter < letters; letter++) {
    columns.push(...Array<number>(14).fill(180), ...Array<number>(letter % 5 === 4 ? 14 : 4).fill(3));
  }
  return Float32Array.from(columns);
}

test('a short line stays whole, its blank ends trimmed', () => {
  const blank = Array<number>(40).fill(2);
  const pieces = splitLine(Float32Array.from([...blank, ...words(10), ...blank]));
  assert.equal(pieces.length, 1);
  assert.equal(pieces[0]?.from, 34);
  assert.ok(pieces[0].to < 40 + words(10).length);
});

test('a long line is cut between words and loses nothing', () => {
  const contrast = words(80);
  const pieces = splitLine(contrast);
  assert.ok(pieces.length >= 3);
  for (const [i, piece] of pieces.slice(1).entries()) {
    assert.equal(piece.from, pieces[i]?.to);
    assert.equal(piece.spaced, true);
    assert.ok(contrast.slice(piece.from - 4, piece.from + 4).every((value) => value < 10));
  }
  assert.ok(pieces.every((piece) => piece.to - piece.from < 700));
});

test('a long word without gaps is cut without a space', () => {
  const pieces = splitLine(new Float32Array(900).fill(200));
  assert.equal(pieces.length, 2);
  assert.equal(pieces[1]?.spaced, false);
});

test('a wide blank within a line is left out', () => {
  const pieces = splitLine(Float32Array.from([...words(5), ...Array<number>(300).fill(0), ...words(5)]));
  assert.equal(pieces.length, 2);
  assert.ok(pieces[1]!.from - pieces[0]!.to > 250);
  assert.equal(pieces[1]?.spaced, true);
});

test('nothing drawn is one piece', () => {
  assert.deepEqual(splitLine(new Float32Array(50)), [{ from: 0, to: 50, spaced: false }]);
});
