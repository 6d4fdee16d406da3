import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../../core/observation.ts';
import type { EventRule } from '../../core/workflow.ts';
import { Conclusions } from './conclude.ts';

const rule: EventRule = {
  id: 'phone',
  title: 'Phone in hand',
  severity: 'warning',
  question: 'hands',
  field: 'holding',
  is: ['phone'],
  minConfidence: 0.5,
  begin: 2,
  end: 2,
};

/** `P` phone, `n` nothing, `p` phone but unsure, `x` failed, `.` not asked: one letter a window of two seconds. */
function eventsOf(script: string): string[] {
  const conclusions = new Conclusions([rule]);
  for (const [window, letter] of Array.from(script).entries()) {
    if (letter === '.') continue;
    const base = {
      id: `${window}.hands`,
      window,
      question: 'hands',
      span: { start: window * 2, end: window * 2 + 2 },
      frames: [],
      model: 'm',
      promptVersion: 'v',
    };
    const observation: Observation =
      letter === 'x'
        ? { ...base, state: 'failed', error: { kind: 'invalid', message: '' } }
        : {
            ...base,
            state: 'answered',
            answer: { holding: letter === 'n' ? 'nothing' : 'phone' },
            confidence: letter === 'p' ? 0.3 : 0.9,
            reason: '',
            source: 'model',
            basedOn: [],
            cost: { queueMs: 0, firstTokenMs: 0, answerMs: 0, attempts: 1 },
          };
    conclusions.add(observation);
  }
  return conclusions.events().map(({ start, end, observations }) => `${start}-${end} (${observations.length})`);
}

for (const [script, expected, why] of [
  ['nPn', [], 'one answer is no alarm'],
  ['nPPn', ['2-6 (2)'], 'two are'],
  ['nPPnPPn', ['2-12 (4)'], 'one answer to the contrary does not end it'],
  ['nPPnnPP', ['2-6 (2)', '10-14 (2)'], 'two do'],
  ['nPpPn', ['2-8 (2)'], 'an unsure answer says nothing'],
  ['nPxPn', ['2-8 (2)'], 'a failed one neither'],
  ['nP..Pn', ['2-10 (2)'], 'nor a window that was not asked'],
  ['PPPP', ['0-8 (4)'], 'what still holds ends with the last answer'],
] as const) {
  test(`${script}: ${why}`, () => assert.deepEqual(eventsOf(script), expected));
}
