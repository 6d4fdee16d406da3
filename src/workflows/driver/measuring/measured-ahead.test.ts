import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MeasuredEvent } from '../../../core/driver-state.ts';
import { concludeDriver } from '../rules/conclude.ts';
import { defaultDriverRules } from '../rules/rules.ts';
import { calibrated, perform, secondsOf, type Act } from '../rules/script.fixture.ts';
import { MeasuredAhead } from './measured-ahead.ts';

const rules = { ...defaultDriverRules, perclosWindowSeconds: 5, perclosLeastSeconds: 5, drowsyPerclos: 1 };
const acts: readonly Act[] = [{ seconds: 20 }, { seconds: 2, eyes: 0 }, { seconds: 20 }, { seconds: 4, eyes: 0 }];
const measurements = perform(acts);
const conclusion = concludeDriver(measurements, secondsOf(acts), rules, calibrated);
const window = (start: number) => ({ start, end: start + 2 });

function ahead(signal = new AbortController().signal): MeasuredAhead {
  return new MeasuredAhead(rules, calibrated, signal);
}
const pushUntil = (one: MeasuredAhead, seconds: number): void => {
  for (const measurement of measurements) if (measurement.timeSeconds < seconds) one.push(measurement);
};

async function all(events: AsyncIterable<MeasuredEvent>): Promise<MeasuredEvent[]> {
  const list: MeasuredEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

describe('asking behind measuring', () => {
  test('who asks too early waits, who asks late does not', async () => {
    const one = ahead();
    const early = one.isCalm(window(10));
    const later = one.isCalm(window(20));
    assert.ok(early instanceof Promise && later instanceof Promise);
    pushUntil(one, 30);
    assert.equal(await early, true);
    assert.equal(await later, false);
    assert.equal(one.isCalm(window(20)), false);
  });

  test('what was not certain is told at the end', async () => {
    const one = ahead();
    pushUntil(one, 46);
    const last = one.isCalm(window(38));
    assert.ok(last instanceof Promise);
    one.conclude(conclusion);
    assert.equal(await last, true);
    assert.equal(one.isCalm(window(40)), false);
  });

  test('events are told once, as they end, and all of them at the end', async () => {
    const one = ahead();
    const events = one.events[Symbol.asyncIterator]();
    pushUntil(one, 23);
    const first = await events.next();
    assert.deepEqual(first.value, conclusion.events[0]);
    pushUntil(one, 0);
    one.conclude(conclusion);
    assert.deepEqual(await all({ [Symbol.asyncIterator]: () => events }), conclusion.events.slice(1));
    assert.equal(conclusion.events.length, 2);
  });

  test('of a run that had measured all before, everything is told at once', async () => {
    const one = ahead();
    one.conclude(conclusion);
    assert.equal(one.isCalm(window(10)), true);
    assert.deepEqual(await all(one.events), conclusion.events);
  });

  test('an abort lets nobody wait', async () => {
    const controller = new AbortController();
    const one = ahead(controller.signal);
    const calm = one.isCalm(window(10));
    const events = all(one.events);
    controller.abort(new Error('Ctrl-C'));
    await assert.rejects(Promise.resolve(calm), /Ctrl-C/);
    assert.deepEqual(await events, []);
    assert.throws(() => one.isCalm(window(10)), /Ctrl-C/);
  });
});
