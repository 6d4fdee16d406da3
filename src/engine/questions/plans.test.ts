import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuredCost } from '../../../bench/simulated-server/cost.ts';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { answersOf, open, run, skip } from '../../../test/fixtures/questions.ts';
import { openModel } from '../../llm/open.ts';

test('a window that is primed has its pictures read once, where slots share what was read', { skip }, async () => {
  const cost = { ...measuredCost, shared: true };
  // Slow enough that questions that are sent at once are read at once.
  await using server = await SimulatedServer.start({ slots: 8, speed: 20, cost });
  await using model = await open(server);
  const brought = () => server.answered.filter(({ tokensReused }) => tokensReused < 4 * cost.tokensPerImage).length;
  const primed = await run(model, { plan: 'primed', aim: 'latency', speculate: false });
  const windows = primed.metrics.windows.asked;
  assert.equal(brought(), windows, 'each window’s pictures once');
  assert.equal(primed.metrics.plans.primed, windows);
  assert.ok(server.slots.maxBusy >= 4, 'the others at once');
  server.served.length = 0;
  const parallel = await run(model, { plan: 'parallel', aim: 'latency', speculate: false });
  // The server has the pictures of the first run: it is the answers that are compared.
  assert.deepEqual(answersOf(parallel), answersOf(primed));
});

test('of several servers one gets all questions of a window', { skip }, async () => {
  await using one = await SimulatedServer.start({ slots: 2 });
  await using two = await SimulatedServer.start({ slots: 2 });
  for (const plan of ['parallel', 'primed', 'lanes'] as const) {
    for (const server of [one, two]) server.served.length = 0;
    const images = { images: 4, backoffMs: 1 };
    await using model = await openModel(`openai/llava:7b@${one.url}/v1,${two.url}/v1`, images);
    const { observations } = await run(model, { plan });
    assert.ok(observations.every(({ state }) => state === 'answered'));
    const [here, there] = [one, two].map(({ served }) => new Set(served.map(({ pictures }) => pictures)));
    assert.ok(here!.size > 0 && there!.size > 0, 'both have windows');
    assert.equal([...here!].filter((window) => there!.has(window)).length, 0, `${plan}: no window on both`);
  }
});

test('guesses that never hold are given up; those that are left to make are few', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 8, speed: 200 });
  await using model = await open(server);
  const { metrics, observations } = await run(
    model,
    { plan: 'parallel', aim: 'latency', speculateShare: 1 },
    { into: 'guessing' },
  );
  const { asked, held, wasted, braked } = metrics.speculation;
  assert.equal(held + wasted, asked);
  assert.ok(observations.every(({ state }) => state === 'answered'));
  // Answers of this server differ from window to window: few guesses hold, and after four at most none is made.
  assert.ok(asked <= 5 && (held === asked || braked > 0 || asked < 4), JSON.stringify(metrics.speculation));
});
