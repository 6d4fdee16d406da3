import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DriverRuleName } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import { concludeDriver } from './conclude.ts';
import { defaultDriverRules } from './rules.ts';
import { calibrated, perform, secondsOf, type Act } from './script.fixture.ts';

const attentive = (seconds: number): Act => ({ seconds });
const around = (act: Act): Act[] => [attentive(10), act, attentive(10)];

/** What a driver does for so many seconds, or for such a share of the time, and the figure from which the rule holds. */
interface Scenario {
  readonly script: (amount: number) => Act[];
  readonly threshold: number;
  /** How far a disturbed series may be off: frames of up to 0.15 s at either end, or a share. */
  readonly margin: number;
}

const glances = (total: number): Act[] => [
  attentive(10),
  ...Array.from({ length: 5 }, () => [{ seconds: total / 5, gazeYaw: 40 }, attentive(1)]).flat(),
  attentive(10),
];
/** A minute and a half of rounds in which the eyes are shut for 0.4 s, for this share of the time. */
const drowsy = (share: number): Act[] =>
  Array.from({ length: Math.round((90 * share) / 0.4) }, () => [
    { seconds: 0.4, eyes: 0 },
    attentive(0.4 / share - 0.4),
  ]).flat();
const sleeps = (count: number): Act[] =>
  Array.from({ length: Math.round(count) }, () => [attentive(5), { seconds: 3.5, eyes: 0 }])
    .flat()
    .concat(attentive(5));

const scenarios: Readonly<Record<DriverRuleName, Scenario>> = {
  microsleep: { script: (seconds) => around({ seconds, eyes: 0 }), threshold: 1, margin: 0.35 },
  sleep: { script: (seconds) => around({ seconds, eyes: 0 }), threshold: 3, margin: 0.35 },
  unresponsive: { script: (seconds) => around({ seconds, eyes: 0 }), threshold: 6, margin: 0.35 },
  drowsiness: { script: drowsy, threshold: 0.15, margin: 0.06 },
  long_distraction: { script: (seconds) => around({ seconds, gazeYaw: 40 }), threshold: 3, margin: 0.35 },
  repeated_distraction: { script: glances, threshold: 10, margin: 2 },
  // Looked for once a second: two looks of three have to see it.
  phone_use: { script: (seconds) => around({ seconds, phone: 0.5 }), threshold: 2, margin: 1.5 },
  yawn: { script: (seconds) => around({ seconds, mouth: 0.6 }), threshold: 2, margin: 0.35 },
  no_driver: { script: (seconds) => around({ seconds, face: false }), threshold: 3, margin: 0.35 },
  camera_obstructed: {
    script: (seconds) => around({ seconds, face: false, picture: { contrast: 5, detail: 0.2 } }),
    threshold: 2,
    margin: 0.35,
  },
  camera_degraded: {
    script: (seconds) => around({ seconds, picture: { brightness: 10 } }),
    threshold: 2,
    margin: 0.35,
  },
  lockout: { script: sleeps, threshold: 3, margin: 1 },
};

const noFace = ({ driver: _, hand: _h, ...rest }: FaceMeasurement): FaceMeasurement => ({ ...rest, faces: 0 });

/** Ways in which a series of measurements is not what it should be. */
const disturbances: Readonly<Record<string, (script: readonly Act[]) => FaceMeasurement[]>> = {
  undisturbed: (script) => perform(script),
  'at a variable frame rate': (script) => perform(script, [0.04, 0.13, 0.08, 0.15, 0.06]),
  'with dropped frames': (script) => perform(script).filter((_, index) => index % 7 !== 3 && index % 11 !== 4),
  'with lost faces': (script) => perform(script).map((each, index) => (index % 9 === 5 ? noFace(each) : each)),
  'with all of that': (script) =>
    perform(script, [0.04, 0.13, 0.08, 0.15, 0.06])
      .filter((_, index) => index % 13 !== 3)
      .map((each, index) => (index % 17 === 5 ? noFace(each) : each)),
};

for (const [how, disturbed] of Object.entries(disturbances)) {
  describe(`every rule, ${how}`, () => {
    for (const [rule, { script, threshold, margin }] of Object.entries(scenarios)) {
      const count = (amount: number): number => {
        const acts = script(amount);
        const { events } = concludeDriver(disturbed(acts), secondsOf(acts), defaultDriverRules, calibrated);
        return events.filter((event) => event.rule === rule).length;
      };
      test(`${rule}: over its threshold once, under it never`, () => {
        assert.equal(count(threshold + margin), 1, `at ${threshold + margin}`);
        assert.equal(count(threshold - margin), 0, `at ${threshold - margin}`);
      });
    }
  });
}

describe('every rule, to the frame', () => {
  // What one frame less is: VATS has five glances, a lockout three alarms.
  const oneLess: Readonly<Partial<Record<DriverRuleName, number>>> = { repeated_distraction: 0.5, lockout: 1 };
  const others = new Set(['sleep', 'drowsiness', 'phone_use']);
  for (const [rule, { script, threshold }] of Object.entries(scenarios)) {
    if (others.has(rule)) continue;
    test(`${rule}: at its threshold, and not one frame under it`, () => {
      const less = oneLess[rule as DriverRuleName] ?? 0.1;
      const count = (amount: number): number => {
        const acts = script(amount);
        const { events } = concludeDriver(perform(acts), secondsOf(acts), defaultDriverRules, calibrated);
        return events.filter((event) => event.rule === rule).length;
      };
      assert.deepEqual([count(threshold), count(threshold - less)], [1, 0]);
    });
  }
});
