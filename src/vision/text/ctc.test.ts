import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from './ctc.ts';
import { isStrayEastern, latinClasses } from './script.ts';

const alphabet = ['', 'a', 'b', '口', ' '];

/** The likeliest class of a step, its probability, and that of the space. */
type Step = readonly [best: number, probability: number, space?: number];

function steps(rows: readonly Step[]): Float32Array {
  const probabilities = new Float32Array(rows.length * alphabet.length);
  for (const [step, [best, probability, space = 0]] of rows.entries()) {
    probabilities[step * alphabet.length + 4] = space;
    probabilities[step * alphabet.length + best] = probability;
  }
  return probabilities;
}

const read = (rows: readonly Step[]): string => decode(steps(rows), rows.length, alphabet).text;

test('repeats are one character unless a blank lies between', () => {
  assert.equal(
    read([
      [1, 0.9],
      [1, 0.8],
      [2, 0.9],
    ]),
    'ab',
  );
  assert.equal(
    read([
      [1, 0.9],
      [0, 0.9],
      [1, 0.9],
    ]),
    'aa',
  );
});

test('a space is set where its probability rises between two characters', () => {
  assert.equal(
    read([
      [1, 0.9],
      [0, 0.9, 0.06],
      [2, 0.9],
    ]),
    'a b',
  );
  assert.equal(
    read([
      [1, 0.9],
      [0, 0.9, 0.04],
      [2, 0.9],
    ]),
    'ab',
  );
  assert.equal(
    read([
      [1, 0.9],
      [4, 0.9],
      [0, 0.8, 0.2],
      [2, 0.9],
    ]),
    'a b',
  );
  assert.equal(
    read([
      [0, 0.9, 0.1],
      [1, 0.9],
      [0, 0.9, 0.1],
    ]),
    'a',
  );
});

test('confidence counts characters alone', () => {
  const decoded = decode(
    steps([
      [1, 0.9],
      [0, 1],
      [4, 0.6],
      [2, 0.7],
    ]),
    4,
    alphabet,
  );
  assert.equal(decoded.count, 2);
  assert.ok(Math.abs(decoded.sum - 1.6) < 1e-6);
});

test('a winner below one half is found behind a likely earlier class', () => {
  const probabilities = Float32Array.from([0.1, 0.3, 0.4, 0.15, 0.05]);
  assert.equal(decode(probabilities, 1, alphabet).text, 'b');
});

test('classes that are not allowed are passed over', () => {
  const probabilities = Float32Array.from([0.1, 0.3, 0, 0.6, 0]);
  assert.equal(decode(probabilities, 1, alphabet).text, '口');
  assert.equal(decode(probabilities, 1, alphabet, latinClasses(alphabet)).text, 'a');
});

test('a few ideographs in a Latin line are strays, in a Chinese line they are not', () => {
  assert.equal(isStrayEastern('口 Tables and rows'), true);
  assert.equal(isStrayEastern('rows，columns'), true);
  assert.equal(isStrayEastern('Tables and rows'), false);
  assert.equal(isStrayEastern('数据库 SQL 简介'), false);
});
