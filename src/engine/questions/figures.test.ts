import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { until } from '../../../test/fixtures/processes.ts';
import { openModel } from '../../llm/open.ts';
import { driver } from '../../workflows/driver/workflow.ts';
import { long, skip, run, open } from '../../../test/fixtures/questions.ts';

for (const plan of ['lanes', 'parallel', 'combined', 'auto'] as const) {
  test(`what a run says it cost is what the server counted: ${plan}`, { skip }, async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    await using model = await open(server);
    server.faults.add(
      'invalid',
      undefined,
      'misfit',
      'error',
      'truncated',
      'busy',
      'invalid',
      'invalid',
      'bad-request',
    );
    server.faults.every(7, 'invalid');
    const { metrics, observations } = await run(model, { plan });
    const counted = (of: 'tokensIn' | 'tokensOut') => server.served.reduce((sum, one) => sum + one[of], 0);
    const { made, tokensIn, tokensOut } = metrics.requests;
    assert.deepEqual([made, tokensIn, tokensOut], [server.served.length, counted('tokensIn'), counted('tokensOut')]);
    // What the server put off and what was called back out of its queue came to nothing.
    const aborted = server.served.filter(({ outcome }) => outcome === 'aborted').length;
    const { requestsOfAnswers } = metrics;
    assert.deepEqual(requestsOfAnswers, { made: made - aborted, tokensIn, tokensOut });
    // The observations alone say the same: what a killed run took is known when it goes on.
    const costs = observations.flatMap((one) => ('cost' in one && one.cost ? [one.cost] : []));
    assert.equal(
      costs.reduce((sum, { attempts }) => sum + attempts, 0),
      made - aborted,
    );
    assert.equal(
      costs.reduce((sum, { tokensIn: tokens = 0 }) => sum + tokens, 0),
      tokensIn,
    );
    const all = Object.values(metrics.questions);
    assert.equal(
      all.reduce((sum, one) => sum + one.tokensOut, 0),
      tokensOut,
    );
    const retries = all.reduce((sum, one) => sum + one.retries, 0);
    const asked = plan === 'combined' ? 6 : 30;
    assert.equal(retries, made - aborted - asked);
    assert.ok(retries >= 5);
    const { lanesInUse, maxConcurrency } = metrics;
    assert.ok(lanesInUse.mean <= lanesInUse.most && lanesInUse.most <= maxConcurrency, JSON.stringify(lanesInUse));
    assert.ok(server.slots.maxBusy <= maxConcurrency);
  });
}

test('guesses that were given up are counted as requests, and the windows add up', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 8 });
  await using model = await open(server);
  const { metrics } = await run(model, { plan: 'parallel', aim: 'latency' }, { workflow: driver, video: long });
  await until(() => server.served.length >= metrics.requests.made, 'the server has noticed each request’s end');
  assert.equal(metrics.requests.made, server.served.length);
  assert.ok(metrics.requests.made >= metrics.requestsOfAnswers.made);
  const { seen, ...parts } = metrics.windows;
  assert.equal(
    Object.values(parts).reduce((sum, count) => sum + count, 0),
    seen,
  );
});

test('answers from the cache take no tokens, and their share is told', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 2 });
  const kept = new Map<string, unknown>();
  const cache = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => void kept.set(key, value),
  };
  await using model = await openModel(server.openAiSpec, { images: 4, backoffMs: 1, cache });
  const first = await run(model, { untilSeconds: 4 });
  assert.equal(first.metrics.cacheHitRate, 0);
  const { metrics, observations } = await run(model, { untilSeconds: 8 });
  assert.equal(metrics.cacheHitRate, 0.5);
  assert.equal(metrics.requests.made, 10);
  const cached = observations.filter((one) => one.state === 'answered' && one.source === 'cache');
  assert.equal(cached.length, 10);
  for (const one of cached) assert.ok(one.state === 'answered' && one.cost.tokensIn === undefined);
});
