import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EyeEvidence } from '../../../core/face.ts';
import { concludeDriver } from './conclude.ts';
import { defaultDriverRules } from './rules.ts';
import { conclude, perform, secondsOf, told, type Act } from './script.fixture.ts';

const evidence = (open: number, down: number): EyeEvidence => ({ open, down, hidden: 1 - open - down });
const [looksOpen, looksDown] = [evidence(0.92, 0.05), evidence(0.05, 0.92)];
const behindGlass = evidence(0.08, 0.12);
const attentive = (seconds: number): Act => ({ seconds, evidence: looksOpen });
const around = (act: Act): Act[] => [attentive(5), act, attentive(5)];
const spansOf = (act: Act): string[] =>
  conclude(around(act))
    .spans.filter(({ start, end }) => end > 5.5 && start < 9.5)
    .map(
      ({ state, start, end, reason }) => `${state} ${start.toFixed(1)}–${end.toFixed(1)}${reason ? ` ${reason}` : ''}`,
    );

describe('what pictures of the eyes say', () => {
  test('eyes behind dark glass are hidden, however open their landmarks measure, and nothing is said of the road', () => {
    const [hidden, ...others] = spansOf({ seconds: 4, evidence: behindGlass });
    assert.match(hidden!, /^not_measurable 5\.[0-3]–9\.[0-4] eyes_hidden$/);
    assert.ok(
      others.every((span) => span.startsWith('eyes_on_road 9')),
      others.join(),
    );
  });

  test('eyes shut by landmarks and by pictures are closed, as soon as landmarks alone say so', () => {
    assert.deepEqual(told(conclude(around({ seconds: 2, eyes: 0, evidence: looksDown }))), ['microsleep 5–7']);
  });

  test('lids that look down and measure apart are uncertain: neither a closure nor eyes on the road', () => {
    const found = spansOf({ seconds: 4, eyes: 0.5, evidence: looksDown });
    assert.ok(
      found.some((span) => /^not_measurable 5\.\d–9\.\d uncertain$/.test(span)),
      found.join(),
    );
    assert.ok(!found.some((span) => span.startsWith('eyes_closed')));
    assert.deepEqual(told(conclude(around({ seconds: 4, eyes: 0.5, evidence: looksDown }))), []);
  });

  test('lids that stay so for two seconds are off the road from there on, be they shut or lowered', () => {
    const low = (seconds: number, before: Act): string[] => {
      const acts = [before, { seconds, eyes: 0.5, evidence: looksDown }, attentive(5)];
      return told(concludeDriver(perform(acts), secondsOf(acts), defaultDriverRules));
    };
    assert.match(low(9, attentive(5)).join(), /^unresponsive 7(\.[1-4])?–14(\.1)?$/);
    assert.deepEqual(low(7, attentive(5)), []);
    // Narrow eyes that the pictures never take for open ones.
    const narrow = [{ seconds: 20, eyes: 0.9, evidence: looksDown }];
    assert.deepEqual(told(concludeDriver(perform(narrow), 20, defaultDriverRules)), []);
  });

  test('eyes that look open and measure shut are no closure', () => {
    const found = spansOf({ seconds: 4, eyes: 0.1, evidence: looksOpen });
    assert.ok(!found.some((span) => span.startsWith('eyes_closed')), found.join());
    assert.ok(!found.some((span) => span.startsWith('eyes_on_road 5')), found.join());
  });

  test('where one eye measures apart, both are not shut: nothing is said', () => {
    const found = spansOf({ seconds: 4, eyes: 0.05, otherEye: 0.5, evidence: looksDown });
    assert.ok(!found.some((span) => span.startsWith('eyes_closed')), found.join());
    const both = spansOf({ seconds: 4, eyes: 0.05, otherEye: 0.3, evidence: looksDown });
    assert.ok(
      both.some((span) => span.startsWith('eyes_closed 5.0–9')),
      both.join(),
    );
  });

  test('at a turn of the head at which no open eye was ever seen, nothing is called shut', () => {
    const turned = (yaw: number): string[] => {
      const acts = [attentive(12), { seconds: 2, yaw, eyes: 0, evidence: looksDown }, attentive(5)];
      const { spans } = concludeDriver(perform(acts), secondsOf(acts), defaultDriverRules);
      return spans.map(({ state, reason }) => `${state} ${reason ?? ''}`.trim());
    };
    assert.ok(turned(24).includes('eyes_closed'));
    assert.ok(!turned(26).includes('eyes_closed') && turned(26).includes('not_measurable uncertain'));
  });

  for (const rate of [5, 10, 15, 25, 30, 60]) {
    test(`a closure's edges are right to one frame at ${rate} frames a second`, () => {
      const acts = around({ seconds: 2, eyes: 0, evidence: looksDown });
      const found = conclude(acts, {}, [1 / rate]).spans.filter(({ state }) => state === 'eyes_closed');
      assert.equal(found.length, 1);
      assert.ok(Math.abs(found[0]!.start - 5) <= 1 / rate + 1e-3, `${found[0]!.start}`);
      assert.ok(Math.abs(found[0]!.end - 7) <= 1 / rate + 1e-3, `${found[0]!.end}`);
    });
  }

  test('one picture that errs changes nothing', () => {
    const odd = { seconds: 0.1, evidence: evidence(0.3, 0.3) };
    const { spans } = conclude([attentive(5), odd, attentive(5)]);
    assert.deepEqual(
      spans.map(({ state, start, end }) => [state, start, end]),
      [['eyes_on_road', 0, 10.1]],
    );
  });

  test('no confidence is 1', () => {
    const { spans, events } = conclude(around({ seconds: 2, eyes: 0, evidence: looksDown }));
    for (const { confidence } of [...spans, ...events])
      assert.ok(confidence > 0.5 && confidence < 1, String(confidence));
  });
});
