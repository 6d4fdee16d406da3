import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calmStretches } from './calm.ts';
import { conclude, type Act } from './script.fixture.ts';

const attentive = (seconds: number): Act => ({ seconds });

/** Two-second stretches of thirty seconds that are calm, by where they begin. */
function calm(act: Act): number[] {
  const holds = calmStretches(conclude([attentive(14), act, attentive(16 - act.seconds)]));
  return Array.from({ length: 15 }, (_, index) => index * 2).filter((start) => holds({ start, end: start + 2 }));
}
const without = (...left: number[]): number[] =>
  Array.from({ length: 15 }, (_, index) => index * 2).filter((start) => !left.includes(start));

describe('calm stretches', () => {
  test('are those in which the eyes are open and on the road', () => assert.deepEqual(calm(attentive(2)), without()));

  test('end a second before something is measured, and begin a second after it', () => {
    assert.deepEqual(calm({ seconds: 1, eyes: 0 }), without(12, 14));
    assert.deepEqual(calm({ seconds: 2, gazeYaw: 40 }), without(12, 14, 16));
    assert.deepEqual(calm({ seconds: 2, mouth: 0.6 }), without(12, 14, 16));
  });

  test('are none where nothing could be measured', () => {
    assert.deepEqual(calm({ seconds: 2, face: false }), without(12, 14, 16));
    assert.deepEqual(calm({ seconds: 2, eyeConfidence: 0.1 }), without(12, 14, 16));
    assert.deepEqual(calm({ seconds: 2, dropped: true }), without(12, 14, 16));
  });

  test('are none where eyes are seen, but not where they look, for a second and more', () => {
    const halfOpen = (seconds: number): Act => ({ seconds, eyes: 0.3 });
    const unsure = (seconds: number): Act => ({ seconds, eyeConfidence: 0.45 });
    for (const act of [halfOpen, unsure]) {
      assert.deepEqual(calm(act(2)), without(12, 14, 16));
      assert.deepEqual(calm(act(0.9)), without());
    }
  });

  test('are none beyond the last measurement', () => {
    const holds = calmStretches(conclude([attentive(5)]));
    assert.equal(holds({ start: 2, end: 4 }), true);
    assert.equal(holds({ start: 6, end: 8 }), false);
  });

  test('an ordinary blink is calm', () => assert.deepEqual(calm({ seconds: 0.2, eyes: 0 }), without()));
});
