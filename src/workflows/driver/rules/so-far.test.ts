import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MeasuredEvent } from '../../../core/driver-state.ts';
import type { EyeEvidence, FaceMeasurement } from '../../../core/face.ts';
import type { Span } from '../../../core/slide.ts';
import { calmStretches } from './calm.ts';
import { concludeDriver } from './conclude.ts';
import { defaultDriverRules, type DriverRules } from './rules.ts';
import { calibrated, perform, secondsOf, type Act } from './script.fixture.ts';
import { ConclusionSoFar } from './so-far.ts';

const rules = (own: Partial<DriverRules> = {}): DriverRules => ({ ...defaultDriverRules, ...own });
/** Little to wait for: what is certain then depends on the thing under test. */
const quick = rules({ perclosWindowSeconds: 2, perclosLeastSeconds: 2, drowsyPerclos: 1 });
const stretch: Span = { start: 20, end: 22 };

/** The time of the measurement at which it could first be told whether the stretch is calm, and what was told. */
function settled(acts: readonly Act[], own: DriverRules, known = true, of = stretch): [at: number, calm: boolean] | [] {
  const soFar = new ConclusionSoFar(own, known ? calibrated : undefined);
  for (const measurement of perform(acts)) {
    soFar.push(measurement);
    const calm = soFar.isCalm(of);
    if (calm !== undefined) return [measurement.timeSeconds, calm];
  }
  return [];
}

describe('whether a stretch is calm, told while measuring goes on', () => {
  test('once the minute of drowsiness and the margin have passed, and not a frame before', () => {
    assert.deepEqual(settled([{ seconds: 200 }], rules()), [83.1, true]);
    assert.deepEqual(settled([{ seconds: 200 }], rules({ perclosWindowSeconds: 30 })), [53.1, true]);
    assert.deepEqual(settled([{ seconds: 83.1 }], rules()), []);
  });

  test('not before the driver is calibrated, and at once then', () => {
    const late = rules({ ...quick, calibrationSeconds: 40 });
    assert.deepEqual(settled([{ seconds: 100 }], late, false), [40.1, true]);
    assert.deepEqual(settled([{ seconds: 40 }], late, false), []);
    assert.deepEqual(settled([{ seconds: 100 }], late, true), [25.1, true]);
  });

  test('unless nothing can be measured there: that needs no calibration', () => {
    const without = [{ seconds: 21 }, { seconds: 60, face: false } as const];
    const [at = 0, calm] = settled(without, rules(), false);
    assert.equal(calm, false);
    assert.ok(at >= 21.3 && at <= 21.5, `${at}`);
  });

  test('what holds is told as soon as it has held for long enough to be listed', () => {
    const aside = (seconds: number): Act[] => [{ seconds: 21 }, { seconds, gazeYaw: 40 }, { seconds: 100 }];
    assert.deepEqual(settled(aside(60), rules()), [21.3, false]);
    // Just under it is nothing, just over it is listed.
    assert.equal(settled(aside(0.2), rules())[1], true);
    assert.deepEqual(settled(aside(0.4), rules()), [21.3, false]);
  });

  test('what may yet become something is waited for', () => {
    const blink = (seconds: number): Act[] => [{ seconds: 22 }, { seconds, eyes: 0 }, { seconds: 60 }];
    // Closed for half a second it is a blink, for longer it is not.
    assert.equal(settled(blink(0.5), quick)[1], true);
    assert.deepEqual(settled(blink(0.7), quick), [22.6, false]);
  });

  test('what began within the margin is waited for, also where nothing else is', () => {
    const own = rules({ perclosWindowSeconds: 0, perclosLeastSeconds: 1 });
    const shut = (at: number): Act[] => [{ seconds: at }, { seconds: 2, eyes: 0 }, { seconds: 60 }];
    assert.deepEqual(settled(shut(22.9), own), [23.5, false]);
    assert.deepEqual(settled(shut(23.1), own), [23.1, true]);
  });

  test('glances that may yet add up are waited for', () => {
    // Where the gaze is not known for longer than a blink, no look at the road makes them forgotten.
    const unsure = Array.from({ length: 9 }, (): Act[] => [
      { seconds: 1.3 },
      { seconds: 0.7, eyeConfidence: 0.45 },
    ]).flat();
    const glances = (last: number): Act[] => [
      { seconds: 10 },
      { seconds: 2.9, gazeYaw: 40 },
      ...unsure,
      { seconds: last, gazeYaw: 40 },
      { seconds: 60 },
    ];
    const own = rules({ ...quick, repeatedDistractionSeconds: 5 });
    const [at = 0, calm] = settled(glances(2.2), own);
    assert.equal(calm, false);
    assert.ok(at > 30, `${at}`);
    assert.equal(settled(glances(1), own)[1], true);
  });

  test('nothing is calm after a lockout', () => {
    const own = rules({ ...quick, lockoutAlarms: 1 });
    assert.deepEqual(settled([{ seconds: 5 }, { seconds: 5, eyes: 0 }, { seconds: 60 }], own), [19.1, false]);
  });
});

/** The same numbers again and again (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomActs(roll: () => number, hasPictures: boolean): Act[] {
  const kinds: readonly ((seconds: number) => Act)[] = [
    (seconds) => ({ seconds: seconds * 4 }),
    (seconds) => ({ seconds, eyes: roll() < 0.5 ? 0 : roll() }),
    (seconds) => ({ seconds, gazeYaw: 60 * roll() - 30 }),
    (seconds) => ({ seconds, yaw: 120 * roll() - 60 }),
    (seconds) => ({ seconds, pitch: -40 * roll() }),
    (seconds) => ({ seconds, mouth: roll() }),
    (seconds) => ({ seconds, phone: roll() }),
    (seconds) => ({ seconds, hand: [roll(), roll()] }),
    (seconds) => ({ seconds, face: false }),
    (seconds) => ({ seconds, eyeConfidence: roll() }),
    (seconds) => ({ seconds, picture: { brightness: roll() * 40 } }),
    (seconds) => ({ seconds, dropped: true }),
    (seconds) => ({ seconds: 0.1 + seconds / 20, eyes: 0 }),
    (seconds) => ({ seconds: 0.1 + seconds / 20, face: false }),
  ];
  const acts: Act[] = [];
  while (secondsOf(acts) < 200) {
    const act = kinds[roll() < 0.4 ? 0 : Math.floor(roll() * kinds.length)]!;
    const next = act(Math.round(roll() ** 2 * 80) / 10 + 0.1);
    acts.push(hasPictures ? { ...next, evidence: evidenceFor(next, roll) } : next);
  }
  return acts;
}

/** Mostly what the eyes do, and now and then anything. */
function evidenceFor({ eyes = 1 }: Act, roll: () => number): EyeEvidence {
  const [open, down, hidden] = roll() < 0.75 ? [0.1 + eyes, 1.1 - eyes, 0.1] : [roll(), roll(), roll()];
  const sum = open + down + hidden;
  return { open: open / sum, down: down / sum, hidden: hidden / sum };
}

test('whatever is told early is what the whole series gives, for drivers of every kind', () => {
  let [early, calm] = [0, 0];
  for (let seed = 1; seed <= 60; seed += 1) {
    const roll = dice(seed);
    const acts = randomActs(roll, seed % 5 < 2);
    const own = rules(
      seed % 3 === 0 ? {} : { perclosWindowSeconds: 10, perclosLeastSeconds: 5, calibrationSeconds: 5 + 60 * roll() },
    );
    const steps = seed % 2 === 0 ? [0.1] : [0.1, 0.3, 0.7, 0.1, 0.04].slice(Math.floor(roll() * 4));
    const known = seed % 4 === 0 ? calibrated : undefined;
    const measurements: FaceMeasurement[] = perform(acts, steps);
    const whole = concludeDriver(measurements, secondsOf(acts), own, known);
    const holds = calmStretches(whole);
    const soFar = new ConclusionSoFar(own, known);
    const told: MeasuredEvent[] = [];
    let window = 0;
    for (const measurement of measurements) {
      soFar.push(measurement);
      told.push(...soFar.takeEvents());
      for (;;) {
        const span = { start: window * 2, end: window * 2 + 2 };
        const answer = soFar.isCalm(span);
        if (answer === undefined) break;
        assert.equal(answer, holds(span), `seed ${seed}, ${span.start} s, told at ${measurement.timeSeconds} s`);
        early += 1;
        calm += answer ? 1 : 0;
        window += 1;
      }
    }
    for (const event of told) {
      const same = whole.events.find(({ id }) => id === event.id);
      assert.deepEqual(event, same, `seed ${seed}`);
    }
    assert.equal(new Set(told.map(({ id }) => id)).size, told.length);
  }
  assert.ok(early > 2000 && calm > 100, `${early} told early, ${calm} of them calm`);
});
