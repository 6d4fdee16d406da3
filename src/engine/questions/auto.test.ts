import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuredCost } from '../../../bench/simulated-server/cost.ts';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { long, twoMinutes, skip, run, open, answersOf, type Ran } from '../../../test/fixtures/questions.ts';

const kinds = ({ observations }: Ran) =>
  new Set(observations.map(({ promptVersion }) => (promptVersion.startsWith('all-') ? 'combined' : 'separate')));

test('auto tries the plans, says what it picked and why; no answer of another kind stays', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 4 });
  await using model = await open(server);
  const { metrics, told, observations, ...ran } = await run(model, { plan: 'auto' }, { video: twoMinutes });
  const picks = told.filter((event) => event.type === 'plan');
  assert.ok(picks.length >= 1);
  assert.match(picks[0]!.reason, /slot time a window: lanes \d+, parallel \d+, combined \d+/);
  assert.ok(Object.keys(metrics.plans).length === 3);
  assert.equal(observations.length, 62 * 5);
  const [kind, ...others] = kinds({ metrics, told, observations, ...ran });
  assert.deepEqual(others, [], 'one kind of prompt');
  assert.equal(kind, metrics.plan?.plan === 'combined' ? 'combined' : 'separate');
});

test('auto does not try one prompt for all where a video is too short to pay for it', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 4 });
  await using model = await open(server);
  const ran = await run(model, { plan: 'auto' }, { video: long });
  assert.ok(!('combined' in ran.metrics.plans));
  assert.deepEqual([...kinds(ran)], ['separate']);
});

const together = /^Answer each of these questions/;

for (const when of ['one prompt for all wins', 'one prompt for all cannot be answered'] as const) {
  test(`auto, stopped at any moment and continued, comes to the same result: ${when}`, { skip }, async (t) => {
    const wins = when === 'one prompt for all wins';
    const cost = wins ? { ...measuredCost, forgetful: true, imageMs: 4000 } : measuredCost;
    await using server = await SimulatedServer.start({ slots: 4, speed: 400, cost });
    // The sections that are there would be kept, and are answered otherwise than one by one.
    if (!wins) server.faults.wherever(together, 'partial');
    await using model = await open(server);
    const whole = await run(model, { plan: 'auto' }, { video: twoMinutes });
    t.diagnostic(`picked ${whole.metrics.plan?.plan}: ${whole.metrics.plan?.reason}`);
    assert.deepEqual([...kinds(whole)], [wins ? 'combined' : 'separate']);
    assert.ok(whole.observations.every(({ state }) => state === 'answered'));
    for (const stopAfter of [4, 16]) {
      const into = `auto-${when}-${stopAfter}`;
      const stop = new AbortController();
      const stopping = run(
        model,
        { plan: 'auto', onWindow: (count) => void (count === stopAfter && stop.abort(new Error('stopped'))) },
        { signal: stop.signal, into, video: twoMinutes },
      );
      await assert.rejects(stopping, /stopped/);
      const continued = await run(model, { plan: 'auto' }, { into, video: twoMinutes });
      assert.deepEqual(answersOf(continued), answersOf(whole), `stopped after ${stopAfter} windows`);
      assert.deepEqual(continued.events, whole.events);
    }
  });
}
