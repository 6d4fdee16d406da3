import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateVerdict, withWordedKind, type GateVote } from './votes.ts';

const vote = (kept: number, threshold?: number): GateVote => ({
  model: 'cnn',
  label: 'x',
  kept,
  ...(threshold === undefined ? {} : { threshold }),
});

test('a gate refuses by majority, and one model alone only with a measured threshold', () => {
  const cases: readonly [votes: GateVote[], refused: boolean][] = [
    [[vote(0.9)], false],
    [[vote(0.01)], false],
    [[vote(0.01, 0.3)], true],
    [[vote(0.4, 0.3)], false],
    [[vote(0.1), vote(0.2)], true],
    [[vote(0.1), vote(0.9)], false],
    [[vote(0.1, 0.3), vote(0.9)], false],
    [[vote(0.1), vote(0.2), vote(0.9)], true],
    [[vote(0.1), vote(0.8), vote(0.9, 0.5)], false],
  ];
  for (const [votes, refused] of cases) assert.equal(gateVerdict(votes).refused, refused, JSON.stringify(votes));
  assert.ok(Math.abs(gateVerdict([vote(0.1, 0.5), vote(0.3, 0.5)]).confidence - 0.8) < 1e-9);
});

test('labels in words overrule the rules only when calibrated and sure', () => {
  const rules = { kind: 'slide', confidence: 0.6, rule: 'still-page' } as const;
  const says = { model: 'clip', label: 'a person', kind: 'speaker', confidence: 0.97 } as const;
  assert.deepEqual(withWordedKind(rules, undefined), rules);
  assert.deepEqual(withWordedKind(rules, says), rules);
  assert.deepEqual(withWordedKind(rules, { ...says, threshold: 0.98 }), rules);
  assert.deepEqual(withWordedKind(rules, { ...says, threshold: 0.9 }), {
    kind: 'speaker',
    confidence: 0.97,
    rule: 'words',
  });
  const agrees = { ...says, kind: 'slide' } as const;
  assert.deepEqual(withWordedKind(rules, agrees), rules);
  assert.deepEqual(withWordedKind(rules, { ...agrees, threshold: 0.9 }), { ...rules, confidence: 0.97 });
});
