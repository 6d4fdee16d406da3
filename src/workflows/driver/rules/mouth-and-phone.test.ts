import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conclude, momentsOf, told, type Act } from './script.fixture.ts';

const attentive = (seconds: number): Act => ({ seconds });
const around = (act: Act): Act[] => [attentive(5), act, attentive(5)];

describe('mouth', () => {
  test('a yawn is a mouth wide open for two seconds', () => {
    assert.deepEqual(told(conclude(around({ seconds: 2, mouth: 0.5 }))), ['yawn 5–7']);
    assert.deepEqual(told(conclude(around({ seconds: 1.9, mouth: 0.5 }))), []);
    assert.deepEqual(told(conclude(around({ seconds: 3, mouth: 0.34 }))), []);
  });

  test('a mouth that hangs open is no yawn, nor one that laughs', () => {
    const open = (act: Act): string[] => told(conclude(around(act)));
    assert.deepEqual(open({ seconds: 8, mouth: 0.5 }), ['yawn 5–13']);
    assert.deepEqual(open({ seconds: 8.1, mouth: 0.5 }), []);
    assert.deepEqual(open({ seconds: 3, mouth: 0.45 }), ['yawn 5–8']);
    assert.deepEqual(open({ seconds: 3, mouth: 0.449 }), []);
    const wide = conclude(around({ seconds: 12, mouth: 0.5 })).spans.find(({ state }) => state === 'mouth_wide_open');
    assert.deepEqual([wide?.start, wide?.end], [5, 17], 'that it is open is said all the same');
  });

  test('a yawn ends half way back to shut, so that a narrow one is not cut into pieces', () => {
    const yawn = (widest: number, narrower: number): string[] =>
      told(conclude([attentive(5), { seconds: 1, mouth: widest }, { seconds: 2, mouth: narrower }, attentive(5)]));
    assert.deepEqual(yawn(0.46, 0.26), ['yawn 5–8']);
    assert.deepEqual(yawn(0.46, 0.24), []);
    assert.deepEqual(yawn(0.58, 0.3), ['yawn 5–8']);
    assert.deepEqual(yawn(0.65, 0.3), []);
  });
});

describe('phone', () => {
  const phoneFor = (seconds: number, phone: number): string[] =>
    told(conclude([attentive(5), { seconds, phone }, attentive(6)]));

  test('two looks of three have to see it', () => {
    assert.deepEqual(phoneFor(1, 0.6), []);
    assert.deepEqual(phoneFor(6, 0.6), ['phone_use 6–12']);
  });

  test('at its score it is seen, just under it is not', () => {
    assert.deepEqual(phoneFor(6, 0.22), ['phone_use 6–12']);
    assert.deepEqual(phoneFor(6, 0.219), []);
  });

  test('held by no hand, or likelier a cup, it is none', () => {
    const seen = (more: Partial<Act>): string[] =>
      told(conclude([attentive(5), { seconds: 6, phone: 0.6, ...more }, attentive(6)]));
    assert.deepEqual(seen({ phoneHandGap: 0.05 }), ['phone_use 6–12']);
    assert.deepEqual(seen({ phoneHandGap: 0.06 }), []);
    assert.deepEqual(seen({ phoneHandGap: null }), []);
    assert.deepEqual(seen({ phoneOther: 0.59 }), ['phone_use 6–12']);
    assert.deepEqual(seen({ phoneOther: 0.6 }), []);
  });

  test('in hand for two seconds it is use, just under it is not', () => {
    // The second look of three sees it at 6 s, and the second one that sees nothing ends it.
    assert.deepEqual(phoneFor(2, 0.5), ['phone_use 6–8']);
    assert.deepEqual(
      told(conclude([attentive(5), { seconds: 2, phone: 0.5 }, attentive(6)], { phoneUseSeconds: 2.1 })),
      [],
    );
  });

  test('nothing is said while nobody looks', () => {
    assert.ok(momentsOf([{ seconds: 1.5, phone: 0.5 }]).every(({ phoneInHand }) => phoneInHand === undefined));
  });
});
