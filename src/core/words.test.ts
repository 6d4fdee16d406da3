import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, lasting, percent, size } from './words.ts';

test('a moment is the second that runs, with hours where the video has one', () => {
  assert.deepEqual(
    [clock(187.9), clock(59, 3600), clock(3787), clock(9.9999999)],
    ['3:07', '0:00:59', '1:03:07', '0:10'],
  );
});

test('how long something lasts is rounded', () => {
  assert.deepEqual([lasting(187.9), lasting(3599.6), lasting(0.4), lasting(-1)], ['3:08', '1:00:00', '0:00', '0:00']);
});

test('shares and sizes', () => {
  assert.deepEqual([percent(0.424), percent(1)], ['42 %', '100 %']);
  assert.deepEqual([size(900), size(1_530_000), size(184e6), size(2.04e9)], ['1 kB', '1.5 MB', '184 MB', '2.0 GB']);
});
