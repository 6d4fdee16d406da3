import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { hasFfmpeg, makeJpegs } from '../../test/fixtures/pictures.ts';
import { FramesiftError } from '../core/errors.ts';
import { AnswerError } from './failure.ts';
import type { Question } from './model.ts';
import { openModel, type OpenModelOptions } from './open.ts';

const images = makeJpegs(4);
const Face = z.object({ reason: z.string(), state: z.enum(['AWAKE', 'SLEEPY']), confidence: z.int().min(0).max(100) });
const question: Question<z.infer<typeof Face>> = {
  images,
  system: 'You look at a driver.',
  prompt: 'How awake is the driver?',
  schema: Face,
};
const { signal } = new AbortController();
const quick: OpenModelOptions = { images: 4, backoffMs: 1 };

for (const door of ['ollamaSpec', 'openAiSpec'] as const) {
  test(
    `${door}: a question becomes one checked answer, over connections that are used again`,
    { skip: !hasFfmpeg },
    async () => {
      await using server = await SimulatedServer.start();
      await using model = await openModel(server[door], quick);
      for (let index = 0; index < 5; index += 1) {
        const { value, use } = await model.answer({ ...question, prompt: `Question ${index}?` }, { signal });
        assert.ok(Face.safeParse(value).success);
        assert.equal(use.attempts, 1);
        assert.ok(use.tokensIn && use.tokensIn > 560 && use.tokensOut === 60);
        assert.ok(use.firstTokenMs > 0 && use.firstTokenMs <= use.answerMs);
        // Pictures first, question last: all but the first question find the pictures' prefix.
        if (door === 'openAiSpec') assert.equal((use.tokensReused ?? -1) > 560, index > 0);
      }
      assert.ok(server.answered.slice(1).every(({ tokensReused }) => tokensReused > 560));
      // One for the checks at the address itself (`/props` lies beside `/v1`), one for everything else.
      assert.ok(server.connectionsMade <= 2, `${server.connectionsMade} connections`);
    },
  );

  test(`${door}: what can pass is asked again, what cannot is not`, { skip: !hasFfmpeg }, async () => {
    await using server = await SimulatedServer.start();
    await using model = await openModel(server[door], quick);
    for (const fault of ['refuse', 'cut', 'busy', 'error'] as const) {
      server.faults.add(fault);
      const { use } = await model.answer({ ...question, prompt: fault }, { signal });
      // A used connection that breaks before a word came back is not counted: servers close idle ones.
      assert.equal(use.attempts, fault === 'refuse' ? 1 : 2, fault);
      assert.deepEqual(
        server.served.slice(-2).map(({ outcome }) => outcome),
        [fault, 'answered'],
      );
    }
    for (const fault of ['truncated', 'invalid', 'misfit'] as const) {
      server.faults.add(fault);
      assert.equal((await model.answer({ ...question, prompt: fault }, { signal })).use.attempts, 2, fault);
      server.faults.add(fault, fault);
      await assert.rejects(model.answer({ ...question, prompt: fault }, { signal }), (error) => {
        assert.ok(error instanceof AnswerError);
        assert.equal(error.kind, fault === 'truncated' ? 'truncated' : 'invalid');
        assert.ok(error.raw && error.raw.length > 0, 'the raw text is kept');
        return true;
      });
    }
    const before = server.served.length;
    server.faults.add('bad-request');
    await assert.rejects(model.answer(question, { signal }), { kind: 'request' });
    assert.equal(server.served.length, before + 1, 'a 400 is not asked again');
    server.faults.add('error', 'error', 'error', 'error');
    await assert.rejects(model.answer(question, { signal }), (error) => {
      assert.ok(error instanceof AnswerError && error.kind === 'server' && error.effort.attempts === 4);
      return true;
    });
  });
}

test('a truncated answer is asked again with twice the room', { skip: !hasFfmpeg }, async () => {
  await using server = await SimulatedServer.start({ answerTokens: 60 });
  await using model = await openModel(server.ollamaSpec, quick);
  const { use } = await model.answer({ ...question, maxTokens: 40 }, { signal });
  assert.equal(use.attempts, 2);
  assert.deepEqual(
    server.served.map(({ options }) => options['num_predict']),
    [40, 80],
  );
});

test("Ollama's own options arrive", { skip: !hasFfmpeg }, async () => {
  await using server = await SimulatedServer.start();
  const generation = { temperature: 0.5, topK: 7, topP: 0.8, numCtx: 8192, numPredict: 99, seed: 3, keepAlive: '7m' };
  await using model = await openModel(server.ollamaSpec, { ...quick, generation });
  await model.answer(question, { signal });
  assert.deepEqual(server.served[0]?.options, {
    temperature: 0.5,
    top_k: 7,
    top_p: 0.8,
    num_ctx: 8192,
    num_predict: 99,
    seed: 3,
    keep_alive: '7m',
  });
});

test('an abort frees the slot of the server and of this process at once', { skip: !hasFfmpeg }, async () => {
  await using server = await SimulatedServer.start({ slots: 1, speed: 1 });
  await using model = await openModel(server.openAiSpec, quick);
  const stop = new AbortController();
  const asking = assert.rejects(model.answer(question, { signal: stop.signal }), /enough/);
  const waiting = assert.rejects(model.answer({ ...question, prompt: 'Waits' }, { signal: stop.signal }), /enough/);
  while (server.slots.busy === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(model.free, 0);
  stop.abort(new Error('enough'));
  await Promise.all([asking, waiting]);
  while (server.slots.busy > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(model.free, 1);
  assert.deepEqual(
    server.served.map(({ outcome }) => outcome),
    ['aborted'],
  );
});

test('a server that hangs is left after its time limit and asked again', { skip: !hasFfmpeg }, async () => {
  await using server = await SimulatedServer.start();
  await using model = await openModel(server.ollamaSpec, { ...quick, firstTokenSeconds: 0.5 });
  server.faults.add('hang');
  assert.equal((await model.answer(question, { signal })).use.attempts, 2);
});

test(
  'a server that dies pauses its questions, which are answered when it is back, none twice',
  { skip: !hasFfmpeg },
  async () => {
    await using server = await SimulatedServer.start({ slots: 2, speed: 20 });
    const notices: string[] = [];
    await using model = await openModel(server.openAiSpec, { ...quick, onNotice: ({ type }) => notices.push(type) });
    const answers = Array.from({ length: 8 }, (_, index) =>
      model.answer({ ...question, prompt: `Question ${index}?` }, { signal }),
    );
    while (server.answered.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const { port } = server;
    await server.stop();
    while (!notices.includes('server-away')) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.listen(port);
    assert.equal((await Promise.all(answers)).length, 8);
    assert.deepEqual(notices, ['server-away', 'server-back']);
    const answered = server.answered.map(({ prompt }) => prompt);
    assert.equal(new Set(answered).size, 8);
    assert.equal(answered.length, 8, 'nothing was answered twice');
  },
);

test('a server that stays away ends the wait with a line that says what to do', { skip: !hasFfmpeg }, async () => {
  const server = await SimulatedServer.start();
  await using model = await openModel(server.openAiSpec, { ...quick, awaySeconds: 0.2 });
  await server.stop();
  await assert.rejects(model.answer(question, { signal }), (error) => {
    assert.ok(error instanceof FramesiftError && error.code === 'model');
    assert.match(error.message, /went away .* run the same command again/);
    return true;
  });
});

test(
  'slots that a server does not tell are found; what queues there is called back, none is lost or asked twice',
  { skip: !hasFfmpeg },
  async () => {
    await using server = await SimulatedServer.start({ slots: 2, speed: 6 });
    await using model = await openModel(server.ollamaSpec, quick);
    assert.equal(model.concurrency, 4, 'where the search begins');
    const changes: number[] = [];
    using _ = model.onConcurrency(() => changes.push(model.concurrency));
    const answers = Array.from({ length: 16 }, (_, i) =>
      model.answer({ ...question, prompt: `Find ${i}` }, { signal }),
    );
    assert.equal((await Promise.all(answers)).length, 16);
    assert.equal(changes.at(-1), 2);
    assert.equal(server.answered.length, 16);
    assert.equal(new Set(server.answered.map(({ prompt }) => prompt)).size, 16);
    const calledBack = server.served.filter(({ outcome }) => outcome === 'aborted').length;
    assert.ok(calledBack >= 2, `${calledBack} called back out of the queue`);
  },
);

test('two models on one address share its slots; two addresses share the load', { skip: !hasFfmpeg }, async () => {
  await using one = await SimulatedServer.start({ slots: 2 });
  await using two = await SimulatedServer.start({ slots: 2 });
  await using first = await openModel(one.openAiSpec, quick);
  await using second = await openModel(one.openAiSpec, quick);
  const ask = (model: typeof first, count: number) =>
    Array.from({ length: count }, (_, i) => model.answer({ ...question, prompt: `Balance ${i}` }, { signal }));
  await Promise.all([...ask(first, 6), ...ask(second, 6)]);
  assert.equal(one.answered.length, 12);
  assert.equal(one.slots.maxWaiting, 0, 'the server never had more than its two slots hold');
  await using both = await openModel(`openai/llava:7b@${one.url}/v1,${two.url}/v1`, quick);
  assert.equal(both.concurrency, 4);
  await Promise.all(ask(both, 12));
  assert.ok(two.answered.length >= 4 && one.answered.length - 12 >= 4, 'both had their share');
});

test('bad input: one line each, before any question', { skip: !hasFfmpeg }, async () => {
  const line = async (spec: string, expected: RegExp, options: OpenModelOptions = quick) =>
    assert.rejects(openModel(spec, options), (error) => {
      assert.ok(error instanceof FramesiftError, String(error));
      assert.doesNotMatch(error.message, /\n/);
      assert.match(error.message, expected);
      return true;
    });
  await using server = await SimulatedServer.start();
  await line(`ollama/llava:13b@${server.url}`, /not on http.*ollama pull llava:13b/);
  await line(`openai/other@${server.url}/v1`, /other is not on .* It has: llava:7b/);
  await line('ollama/llava:7b@http://127.0.0.1:9', /No Ollama server answers .*ollama serve/);
  await line('openai/x@http://127.0.0.1:9/v1', /No server answers/);
  await line('openai/x', /say where the server is/);
  await line('llava', /not a model that can be asked/);
  await line('gguf:/nowhere.gguf+/none.gguf', /no such model file/);
  await line('gguf:/nowhere.gguf', /image projector/);
  await using blind = await SimulatedServer.start({ vision: false });
  await line(blind.ollamaSpec, /cannot see pictures/);
  await line(blind.openAiSpec, /cannot see pictures/);
  await using small = await SimulatedServer.start({ contextTokens: 400 });
  await line(small.ollamaSpec, /4 frames and a question need about \d+ tokens, its context holds 400/);
  await line(small.openAiSpec, /its context holds 400\. Give the server a context of 4096 tokens/);
  const asked = { ...quick, generation: { numCtx: 400 } };
  await line(server.ollamaSpec, /its context holds 400\. Give --num-ctx 4096\.$/, asked);
  await using web = await SimulatedServer.start({ html: true });
  await line(web.ollamaSpec, /not as Ollama does/);
  await line(web.openAiSpec, /not as an OpenAI-compatible server/);
  await line(`openai/llava:7b@${server.url}`, /has no \/chat\/completions \(404\).* usually ends in \/v1/);
});
