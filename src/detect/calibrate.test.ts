import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrateGate, calibratePairs, calibrateWords } from './calibrate.ts';

const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => from + ((to - from) * at) / (count - 1));

test('pairs that lie apart are told apart', () => {
  const { candidate, same, auc } = calibratePairs(range(0.9, 1, 1000), range(0, 0.8, 1000));
  assert.ok(candidate >= 0.9 && candidate < 0.902, `${candidate}`);
  // A hundredth of what passes may be of two slides.
  assert.ok(same <= 0.9 && same >= 0.79, `${same}`);
  assert.equal(auc, 1);
});

test('pairs that overlap: sure only where they no longer do; and never sure where they are all mixed', () => {
  const overlapping = calibratePairs(range(0.5, 1, 1001), range(0, 0.7, 1001));
  assert.ok(overlapping.same > 0.68 && overlapping.same <= 0.71, `${overlapping.same}`);
  assert.ok(overlapping.auc > 0.9 && overlapping.auc < 1);
  const mixed = calibratePairs(range(0, 1, 500), range(0, 1, 500));
  assert.ok(mixed.same > 1);
  assert.ok(Math.abs(mixed.auc - 0.5) < 0.01);
  const equal = calibratePairs([0.5, 0.5], [0.5, 0.5]);
  assert.equal(equal.auc, 0.5);
});

test('a gate loses at most a hundredth of the slides', () => {
  const slides = range(0.4, 1, 1000);
  const { threshold, decided, right } = calibrateGate(slides, range(0, 0.6, 100));
  assert.ok(slides.filter((share) => share < threshold).length <= 10);
  assert.ok(threshold > 0.4 && threshold < 0.41);
  assert.ok(right >= 66 && right <= 68 && decided <= right + 10, `${right} of ${decided}`);
});

test('labels in words decide from where they are right', () => {
  const said = [
    ...range(0.8, 1, 200).map((confidence) => ({ confidence, right: true })),
    ...range(0.3, 0.7, 50).map((confidence) => ({ confidence, right: false })),
  ];
  const { threshold, decided, right } = calibrateWords(said);
  assert.ok(threshold <= 0.8 && threshold > 0.6);
  assert.ok(right / decided >= 0.99 && right === 200);
  const wrong = calibrateWords(range(0.5, 1, 50).map((confidence) => ({ confidence, right: false })));
  assert.deepEqual([wrong.threshold, wrong.decided], [1, wrong.decided]);
});
