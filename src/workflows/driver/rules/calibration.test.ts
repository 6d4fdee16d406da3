import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calibrate } from './calibration.ts';
import { defaultDriverRules as rules } from './rules.ts';
import { perform, type Act } from './script.fixture.ts';

const run = (...acts: Act[]) => calibrate(perform(acts), rules);

describe('calibration', () => {
  test('takes the attitude held most often for the neutral, not the mean', () => {
    const { state, yaw, pitch } = run({ seconds: 20, yaw: 12, pitch: -8 }, { seconds: 8, yaw: 40, pitch: -30 });
    assert.equal(state, 'calibrated');
    assert.equal(yaw, 12);
    assert.equal(pitch, -8);
  });

  test('finds the open eye of a driver whose eyes are shut half of the time', () => {
    const { openEye } = run({ seconds: 15, eyes: 0 }, { seconds: 15 });
    assert.ok(Math.abs(openEye - 0.25) < 0.01, `${openEye}`);
  });

  test('does not take shut eyes for open ones', () => {
    assert.ok(run({ seconds: 60, eyes: 0 }).openEye >= 0.14);
  });

  test('between two attitudes held about as long, takes the level one, and leaves out a turned head', () => {
    assert.equal(run({ seconds: 14 }, { seconds: 15, pitch: -30 }).pitch, 0);
    assert.equal(run({ seconds: 10, pitch: -20 }, { seconds: 6, pitch: 4, yaw: 40 }).pitch, -20);
  });

  test('a long look aside in a short clip is no neutral, a camera that sees the driver from the side is one', () => {
    assert.ok(Math.abs(run({ seconds: 3.3, yaw: -42 }, { seconds: 1.7 }).yaw) < 1);
    assert.ok(run({ seconds: 12, yaw: 48 }, { seconds: 2, yaw: 20 }).yaw > 40);
  });

  test('learns how far apart the lids of shut eyes measure, from what was lowest with the head up', () => {
    const blinking = (eyes: number, pitch = 0): Act[] =>
      Array.from({ length: 20 }, () => [{ seconds: 2.5 }, { seconds: 0.3, eyes, pitch }]).flat();
    // Eyes that are given as 0.2 open here measure 0.38 of the open eye when shut, the most that is believed.
    const { openEye, shutEye } = run(...blinking(0.2));
    assert.ok(shutEye !== undefined && shutEye > 0.33 * openEye && shutEye < 0.38 * openEye, `${shutEye}`);
    assert.equal(run(...blinking(0)).shutEye, undefined);
    assert.equal(run(...blinking(0.2, -25)).shutEye, undefined);
    assert.equal(run({ seconds: 30 }).shutEye, undefined);
  });

  test('does not take a lowered gaze for shut eyes, whether it lasts long or begins with a blink', () => {
    // Half way down, as the lids of somebody who looks at a lap.
    const lap = (seconds: number): Act => ({ seconds, eyes: 0.32 });
    const blink: Act = { seconds: 0.2, eyes: 0 };
    const blinks = Array.from({ length: 8 }, () => [{ seconds: 1.5 }, blink]).flat();
    // By time, the blinks are a tenth of it; by count they are most of it.
    assert.equal(run(...blinks, lap(15), { seconds: 12 }).shutEye, undefined);
    // By count there are no blinks of their own; by time they are a seventh of it.
    const glances = Array.from({ length: 8 }, () => [{ seconds: 3 }, blink, lap(1.2)]).flat();
    assert.equal(run(...glances).shutEye, undefined);
    // Without any blink, one look is little evidence against what is usual.
    const { openEye, shutEye } = run({ seconds: 10 }, { seconds: 5, eyes: 0.2 }, { seconds: 10 });
    assert.ok(shutEye !== undefined && shutEye < 0.27 * openEye, `${shutEye}`);
  });

  test('takes neither sleep nor dark glasses for open eyes, and says how long they were seen open', () => {
    const [open, down, hidden] = [
      { open: 0.9, down: 0.07, hidden: 0.03 },
      { open: 0.05, down: 0.9, hidden: 0.05 },
      { open: 0.2, down: 0.1, hidden: 0.7 },
    ];
    const asleep = run({ seconds: 15, eyes: 0.1, evidence: down });
    assert.ok(Math.abs(asleep.openEye - 0.25) < 0.01, `${asleep.openEye}`);
    assert.equal(asleep.openSeconds, 0);
    const woken = run({ seconds: 12, eyes: 0.1, evidence: down }, { seconds: 3, eyes: 0.8, evidence: open });
    assert.ok(Math.abs(woken.openEye - 0.22) < 0.012, `${woken.openEye}`);
    assert.equal(run({ seconds: 15, eyes: 0.6, evidence: hidden }).openSeconds, 0);
  });

  test('says that it is provisional before enough was seen', () => {
    assert.equal(run({ seconds: 9.9 }).state, 'provisional');
    assert.equal(run({ seconds: 10.2 }).state, 'calibrated');
  });

  test('without a face it is none, with the means of other people', () => {
    const { state, usableSeconds } = run({ seconds: 30, face: false });
    assert.equal(state, 'none');
    assert.equal(usableSeconds, 0);
  });

  test('looks at the first usable minute only', () => {
    const { yaw, usableSeconds } = run({ seconds: 60.5, yaw: 5 }, { seconds: 300, yaw: 25 });
    assert.equal(yaw, 5);
    assert.ok(usableSeconds <= 60);
  });

  test('dropped frames are no usable time', () => {
    const { usableSeconds } = run({ seconds: 5 }, { seconds: 20, dropped: true }, { seconds: 5 });
    assert.ok(usableSeconds < 11, `${usableSeconds}`);
  });
});
