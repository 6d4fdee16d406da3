import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Calibration } from '../../../core/driver-state.ts';
import { calibrationDoubt } from './calibration-doubt.ts';
import { defaultDriverRules } from './rules.ts';
import { calibrated } from './script.fixture.ts';

const doubt = (used: Calibration, own: Calibration = calibrated): string | undefined =>
  calibrationDoubt(used, own, defaultDriverRules);
const stored: Calibration = { ...calibrated, stored: true };

test('a driver who was seen for too short a time is not calibrated yet, and that is said', () => {
  assert.equal(doubt(calibrated), undefined);
  assert.match(
    doubt({ ...calibrated, state: 'provisional', usableSeconds: 9.9 }) ?? '',
    /not calibrated yet: 9.9 s .* 10 s/,
  );
  assert.match(doubt({ ...calibrated, state: 'none', usableSeconds: 0 }) ?? '', /could not be calibrated/);
});

test('a stored calibration of another head or other eyes is told of, one of the same driver is not', () => {
  assert.equal(doubt(stored, { ...calibrated, yaw: 12, pitch: -12, openEye: 0.31 }), undefined);
  assert.match(doubt(stored, { ...calibrated, yaw: 12.5 }) ?? '', /does not fit this video/);
  assert.match(doubt(stored, { ...calibrated, pitch: -13 }) ?? '', /13° elsewhere/);
  assert.match(doubt(stored, { ...calibrated, openEye: 0.19 }) ?? '', /76 % of it/);
  assert.match(doubt(stored, { ...calibrated, openEye: 0.32 }) ?? '', /128 % of it/);
});

test('nothing is said against it by a video that shows too little of a face to know', () => {
  assert.equal(doubt(stored, { ...calibrated, state: 'provisional', yaw: 40 }), undefined);
});
