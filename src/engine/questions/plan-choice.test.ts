import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../../core/observation.ts';
import type { Plan, WindowRecord } from './events.ts';
import { MeasuredPlan } from './plan-choice.ts';

/** A window that took so much slot time; `failed`: one of its answers did. */
function recordOf(plan: Plan, answerMs: number, failed = false): WindowRecord {
  const base = {
    id: '0.q',
    window: 0,
    question: 'q',
    span: { start: 0, end: 2 },
    frames: [],
    model: '',
    promptVersion: '',
  };
  const observation: Observation = failed
    ? { ...base, state: 'failed', error: { kind: 'invalid', message: '' } }
    : {
        ...base,
        state: 'answered',
        answer: {},
        confidence: 1,
        reason: '',
        source: 'model',
        basedOn: [],
        cost: { queueMs: 0, firstTokenMs: 0, answerMs, attempts: 1 },
      };
  return {
    window: 0,
    span: base.span,
    plan,
    observations: [observation],
    asked: ['q'],
    latencyMs: answerMs,
    idle: false,
  };
}

function pick(costs: Partial<Record<Plan, number>>, failing?: Plan): Plan | undefined {
  const choice = new MeasuredPlan('throughput');
  for (let window = 0; window < 20; window += 1) {
    const plan = choice.next();
    const settled = choice.report(recordOf(plan, costs[plan]!, plan === failing));
    if (settled) return settled.plan;
  }
  return undefined;
}

test('the fastest plan is picked; combined only where it saves a quarter and nothing failed', () => {
  assert.equal(pick({ lanes: 100, parallel: 180, combined: 90 }), 'lanes');
  assert.equal(pick({ lanes: 180, parallel: 100, combined: 90 }), 'parallel');
  assert.equal(pick({ lanes: 100, parallel: 180, combined: 60 }), 'combined');
  assert.equal(pick({ lanes: 100, parallel: 180, combined: 60 }, 'combined'), 'lanes');
});

test('windows in which the number of questions at once changed do not count', () => {
  const choice = new MeasuredPlan('throughput');
  let picked: Plan | undefined;
  for (let window = 0; window < 30 && !picked; window += 1) {
    const plan = choice.next();
    // While the server was asked too much at once, its queue made every plan but the last one tried look slow.
    const disturbed = window < 8;
    const cost = disturbed
      ? plan === 'lanes'
        ? 900
        : 100
      : { lanes: 100, parallel: 180, primed: 150, combined: 95 }[plan];
    picked = choice.report(recordOf(plan, cost), disturbed)?.plan;
  }
  assert.equal(picked, 'lanes');
});

test('a picked plan that becomes half as slow again is questioned', () => {
  const choice = new MeasuredPlan('throughput', { each: 2 });
  while (!choice.picked) {
    const plan = choice.next();
    choice.report(recordOf(plan, plan === 'lanes' ? 100 : 200));
  }
  assert.equal(choice.picked.plan, 'lanes');
  for (let window = 0; window < 40; window += 1) choice.report(recordOf('lanes', 110));
  assert.equal(choice.picked?.plan, 'lanes');
  for (let window = 0; window < 40 && choice.picked; window += 1) choice.report(recordOf('lanes', 300));
  assert.equal(choice.picked, undefined, 'it is tried again');
});
