import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openQuestions } from '../../core/observation.ts';
import type { ObservationStore } from '../../store/observations.ts';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { always, skip, run, open, answersOf, type Ran } from '../../../test/fixtures/questions.ts';

const openOf = ({ earlier }: ObservationStore): number =>
  [...earlier.observations.values()].reduce((sum, window) => sum + openQuestions(window.values()).size, 0);

test('a finished run asks just what failed again, and what was left out because of it', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 1 });
  await using model = await open(server);
  const strict = { ...always, questions: always.questions.map((q) => ({ ...q, withoutNeeds: 'skip' as const })) };
  const clean = await run(model, {}, { workflow: strict });
  // The first question of the second window, and the second of the fourth.
  const faults = Array.from({ length: 40 }, (_, index) =>
    [5, 15].includes(index) ? ('bad-request' as const) : undefined,
  );
  server.faults.add(...faults);
  const failed = await run(model, {}, { workflow: strict, into: 'mended' });
  const states = (ran: Ran) =>
    Object.entries(Object.groupBy(ran.observations, ({ state }) => state)).map(([state, all]) => [state, all.length]);
  assert.deepEqual(
    new Map(states(failed) as [string, number][]),
    new Map([
      ['answered', 27],
      ['failed', 2],
      ['skipped', 1],
    ]),
  );
  server.faults.every(Infinity, 'error');
  server.served.length = 0;
  const mended = await run(
    model,
    {},
    { workflow: strict, into: 'mended', onStore: (store) => assert.equal(openOf(store), 3) },
  );
  assert.equal(server.served.length, 3, 'nothing else is asked');
  assert.deepEqual(answersOf(mended), answersOf(clean));
  assert.deepEqual(mended.events, clean.events);
  assert.equal(mended.metrics.windows.seen, 6, 'of all windows it says what was decided');
  server.served.length = 0;
  await run(model, {}, { workflow: strict, into: 'mended' });
  assert.equal(server.served.length, 0, 'there is nothing left to ask');
});

test('a finished run does not ask again what could not be used', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 1 });
  await using model = await open(server);
  server.faults.add('invalid', 'invalid');
  const first = await run(model, { untilSeconds: 4 }, { into: 'unusable' });
  assert.equal(first.observations.filter(({ state }) => state === 'failed').length, 1);
  server.served.length = 0;
  const again = await run(model, { untilSeconds: 4 }, { into: 'unusable' });
  assert.equal(server.served.length, 0);
  assert.deepEqual(answersOf(again), answersOf(first));
});
