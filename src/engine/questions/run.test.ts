import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { makeMovingVideo, makeStillVideo } from '../../../test/fixtures/videos.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { FrameSource } from '../../core/video.ts';
import { openVideo } from '../../media/open-video.ts';
import { identifySource } from '../../store/source-identity.ts';
import { ObservationStore } from '../../store/observations.ts';
import { RunFolder } from '../../store/run-folder.ts';
import { driver } from '../../workflows/driver/workflow.ts';
import { askQuestions } from './run.ts';
import { folder, long, always, skip, run, open, answersOf } from '../../../test/fixtures/questions.ts';

test('a question over one window becomes an observation with its frames, times and tokens', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  const ran = await run(model, { untilSeconds: 2 });
  assert.deepEqual(
    ran.observations.map(({ id }) => id),
    [
      '000000.face_state',
      '000000.attention',
      '000000.hand_position',
      '000000.general_scene',
      '000000.impaired_driving',
    ],
  );
  const [face] = ran.observations;
  assert.ok(face?.state === 'answered');
  assert.deepEqual(
    face.frames.map(({ timeSeconds }) => timeSeconds),
    [0, 0.5, 1, 1.5],
  );
  assert.ok(face.confidence >= 0 && face.confidence <= 1 && face.reason.length > 0);
  assert.ok((face.cost.tokensIn ?? 0) > 560 && face.cost.attempts === 1);
  const impaired = ran.observations.at(-1);
  assert.ok(impaired?.state === 'answered');
  assert.deepEqual(impaired.basedOn, [face.id]);
  assert.ok(server.answered.some(({ prompt }) => prompt.includes(`judged ${String(face.answer['state'])}`)));
});

test(
  'lanes and parallel give the same answers; lanes reuse the prefix of all but the first question',
  { skip },
  async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    await using model = await open(server);
    const lanes = await run(model, { plan: 'lanes' });
    assert.equal(lanes.metrics.windows.asked, 6);
    const reused = server.answered.filter(({ tokensReused }) => tokensReused > 560).length;
    assert.equal(reused, 6 * 4, 'each window brought its pictures once');
    const parallel = await run(model, { plan: 'parallel' });
    assert.deepEqual(answersOf(parallel), answersOf(lanes));
    assert.deepEqual(parallel.events, lanes.events);
    assert.equal(server.slots.maxBusy, 2);
  },
);

test('combined asks once a window; a section that is wrong does not lose the others', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  const { observations, metrics } = await run(model, { plan: 'combined' });
  assert.equal(server.answered.length, 6);
  assert.equal(observations.length, 30);
  assert.ok(observations.every((one) => one.state === 'answered' && one.combined));
  assert.equal(metrics.plans.combined, 6);
});

test('a combined answer that lacks a section keeps the others', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  server.faults.add('partial', 'partial');
  const { observations } = await run(model, { plan: 'combined', untilSeconds: 2 });
  assert.deepEqual(
    observations.map(({ state }) => state),
    ['answered', 'answered', 'answered', 'answered', 'failed'],
  );
});

test('a slow server slows decoding; no frame outlives its window, also when the run is stopped', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 1, speed: 200 });
  await using model = await open(server);
  const minute = makeMovingVideo(folder.path, 60, '160x120');
  for (const stopAfter of [Infinity, 5]) {
    const { signal } = new AbortController();
    const stop = new AbortController();
    await using source = await openVideo(minute, { threads: 1, signal });
    const count = { alive: 0, mostAlive: 0 };
    const counting: FrameSource = {
      info: source.info,
      report: () => source.report(),
      [Symbol.asyncDispose]: async () => {},
      async *frames(sampler, options) {
        for await (const frame of source.frames(sampler, options)) {
          count.mostAlive = Math.max(count.mostAlive, (count.alive += 1));
          let alive = true;
          const release = () => {
            if (alive) count.alive -= 1;
            alive = false;
            frame[Symbol.dispose]();
          };
          // The real frame with one thing of its own: that its end is counted.
          yield new Proxy(frame, {
            get: (real, name) => {
              if (name === Symbol.dispose) return release;
              const value: unknown = Reflect.get(real, name);
              return value;
            },
          });
        }
      },
    };
    const owner = { source: await identifySource(minute), workflow: 'driver' };
    await using runFolder = await RunFolder.open(`${folder.path}/counted-${stopAfter}`, owner);
    await using store = await ObservationStore.open(runFolder);
    let [decided, done, maxAhead] = [0, 0, 0];
    const asking = askQuestions(counting, always, model, store, {
      plan: 'lanes',
      aim: 'throughput',
      encode: { quality: 85, longestSide: undefined },
      signal: stop.signal,
      emit: (event) => {
        if (event.type === 'decision') decided += 1;
        if (event.type === 'window') done += 1;
        maxAhead = Math.max(maxAhead, decided - done);
        if (done >= stopAfter) stop.abort(new Error('stopped'));
      },
    });
    if (stopAfter === Infinity) {
      await asking;
      assert.equal(done, 30);
    } else await assert.rejects(asking, /stopped/);
    assert.equal(count.alive, 0, 'every frame was let go');
    // Three windows asked or waiting for the slot, two read ahead, two being encoded, one on its way between each.
    assert.ok(maxAhead <= 10, `${maxAhead} windows ahead`);
    assert.ok(count.mostAlive <= 4 * 4, `${count.mostAlive} frames alive at once`);
  }
});

test('each frame is encoded once, whatever the number of questions', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  const { told } = await run(model, { plan: 'parallel' });
  const encodings = told.filter((event) => event.type === 'activity' && event.activity.stage === 'encode');
  assert.equal(encodings.length, 6);
});

test('a question that fails is part of the record and does not lose the others', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 1 });
  await using model = await open(server);
  server.faults.add('invalid', 'invalid');
  const asked = await run(model, { untilSeconds: 2 });
  assert.deepEqual(
    asked.observations.map(({ state }) => state),
    ['failed', 'answered', 'answered', 'answered', 'answered'],
  );
  const [failed] = asked.observations;
  assert.ok(failed?.state === 'failed' && failed.error.kind === 'invalid' && failed.error.raw?.startsWith('I see'));
  const last = asked.observations.at(-1);
  assert.ok(last?.state === 'answered' && last.basedOn.length === 0, 'asked without what it needs');

  const strict = { ...always, questions: always.questions.map((q) => ({ ...q, withoutNeeds: 'skip' as const })) };
  server.faults.add('bad-request');
  const skipped = await run(model, { untilSeconds: 2 }, { workflow: strict });
  assert.deepEqual(skipped.observations.at(-1)?.state, 'skipped');
});

test(
  'speculation that holds saves the second round; one that does not is asked again, and the answers are the same',
  { skip },
  async () => {
    await using server = await SimulatedServer.start({ slots: 8 });
    await using model = await open(server);
    const plain = await run(model, { plan: 'parallel', aim: 'latency', speculate: false });
    const guessed = await run(model, { plan: 'parallel', aim: 'latency' });
    const { asked, held, wasted } = guessed.metrics.speculation;
    assert.equal(asked, held + wasted);
    assert.ok(asked >= 4, `${asked} guesses`);
    assert.deepEqual(answersOf(guessed), answersOf(plain));
    // A workflow whose face state never changes: each guess holds.
    const one = {
      ...always,
      questions: always.questions.map((q) => (q.id === 'impaired_driving' ? { ...q, given: 'A driver.' } : q)),
    };
    const sure = await run(model, { plan: 'parallel', aim: 'latency' }, { workflow: one });
    assert.deepEqual(sure.metrics.speculation, { asked: 5, held: 5, wasted: 0, braked: 0 });
  },
);

test('a still room is not asked again until the largest gap; an eye that blinks in it is', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  const still = makeStillVideo(folder.path, 24, 6, 8);
  const { decisions } = await run(model, {}, { workflow: driver, video: still });
  assert.deepEqual(
    decisions.map(({ rule }) => rule),
    // Window 4 shows the eye as it was before it blinked, which the last picture of window 3 did not.
    ['first', 'still', 'still', 'changed', 'changed', 'still', 'still', 'still', 'still', 'still', 'gap', 'still'],
  );
  assert.ok(
    decisions.every(
      ({ rule, figures, threshold }) => rule !== 'still' || Number(figures['motion']) < Number(threshold['motion']),
    ),
  );
});

test('windows that look the same take answers over, marked, never more in a row than allowed', { skip }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await open(server);
  const still = makeStillVideo(folder.path, 16, 99, 99);
  const similar = { distance: 64, maxInARow: 3 };
  const { decisions, observations, metrics } = await run(model, { similar }, { video: still });
  assert.deepEqual(
    decisions.map(({ rule }) => rule),
    ['first', 'similar', 'similar', 'similar', 'always', 'similar', 'similar', 'similar'],
  );
  assert.equal(metrics.windows.similar, 6);
  const taken = observations.filter((one) => one.state === 'answered' && one.source === 'similar');
  assert.equal(taken.length, 6 * 5);
  assert.ok(taken.every((one) => one.state === 'answered' && /^00000[04]\./.test(one.takenFrom ?? '')));
});

for (const [fault, said, requests] of [
  // Each of two slots is at most at its third window.
  ['bad-request', '400: cannot read the image', 30],
  ['error', '500: the runner has stopped', 40],
  ['busy', '429: too many requests', 100],
  ['invalid', 'the answer could not be used: .*', 150],
] as const) {
  test(
    `a server that answers "${fault}" to everything ends the run early; run again, it is asked about all`,
    { skip },
    async () => {
      await using server = await SimulatedServer.start({ slots: 2 });
      await using model = await open(server);
      server.faults.every(1, fault);
      const refused = { video: long, into: `refused-${fault}` };
      await assert.rejects(run(model, {}, refused), (error) => {
        assert.ok(error instanceof FramesiftError && error.code === 'model');
        assert.match(error.message, new RegExp(`^No question is answered: .*${said}.*run the same command again`));
        return true;
      });
      assert.ok(server.served.length <= requests, `${server.served.length} requests for 20 windows of 5 questions`);
      server.faults.every(Infinity, fault);
      const { observations } = await run(model, {}, refused);
      assert.equal(observations.length, 100);
      const answered = observations.filter(({ state }) => state === 'answered').length;
      // What cannot be read once is not asked again by itself: the model would say the same.
      if (fault === 'invalid') assert.ok(answered >= 40, `${answered} answered`);
      else assert.equal(answered, 100);
    },
  );
}

test(
  'a server that fails with everything in the middle of a run ends it too, and one that fails now and then does not',
  { skip },
  async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    await using model = await open(server);
    server.faults.add(
      ...Array.from({ length: 20 }, () => undefined),
      ...Array.from({ length: 500 }, () => 'error' as const),
    );
    await assert.rejects(
      run(model, {}, { video: long }),
      /No question is answered any more \(10 windows in a row\): .*500/,
    );
    assert.ok(server.served.length < 130, `${server.served.length} requests`);
    await using flaky = await SimulatedServer.start({ slots: 2 });
    await using other = await open(flaky);
    flaky.faults.every(3, 'error');
    const { observations } = await run(other, {}, { video: long });
    assert.ok(observations.every(({ state }) => state === 'answered'));
  },
);

test(
  'an abort leaves a run that is continued: nothing that was answered is asked again, the result is the same',
  { skip },
  async () => {
    await using server = await SimulatedServer.start({ slots: 2, speed: 40 });
    await using model = await open(server);
    const whole = await run(model);
    server.served.length = 0;
    const stop = new AbortController();
    const stopping = run(model, {}, { signal: stop.signal, into: 'continued' });
    while (server.answered.length < 12) await new Promise((resolve) => setTimeout(resolve, 2));
    stop.abort(new Error('stopped'));
    await assert.rejects(stopping, /stopped/);
    const continued = await run(model, {}, { into: 'continued' });
    assert.deepEqual(answersOf(continued), answersOf(whole));
    assert.deepEqual(continued.events, whole.events);
    const answered = server.answered.map(({ identity }) => identity);
    // An answer that was on its way when the run was stopped was not kept; there are at most as many as slots.
    assert.ok(answered.length - new Set(answered).size <= 2);
    assert.equal(new Set(answered).size, 30);
  },
);
