import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { plans } from '../../src/core/observation.ts';
import { examineModel } from '../../src/llm/examine-model.ts';
import { openModel } from '../../src/llm/open.ts';
import { driver } from '../../src/workflows/driver/workflow.ts';
import { run, skip as noPictures } from '../fixtures/questions.ts';

/** llama.cpp's own server: FRAMESIFT_LLAMA_SERVER, or `llama-server` on the PATH. */
function findServer(): string | undefined {
  const named = process.env['FRAMESIFT_LLAMA_SERVER'];
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'llama-server'));
  return (named ? [named] : places).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const program = findServer();
const skip =
  noPictures || (program === undefined && 'llama-server is not on the PATH; FRAMESIFT_LLAMA_SERVER names it');
const file = (name: string) => fileURLToPath(new URL(`../fixtures/tiny-vlm/${name}`, import.meta.url));
const { signal } = new AbortController();

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Real prompts, pictures and grammars; the weights are random, so that an answer may be cut off, and none means anything. */
describe('llama.cpp’s own server', { skip }, () => {
  let server: ChildProcess;
  let spec = '';
  let answered = 0;

  before(async () => {
    const port = await freePort();
    const model = ['-m', file('tiny-text.gguf'), '--mmproj', file('tiny-mmproj.gguf'), '--alias', 'tiny'];
    const place = ['--host', '127.0.0.1', '--port', String(port), '-np', '4', '-c', '16384'];
    server = spawn(program!, [...model, ...place], { stdio: ['ignore', 'ignore', 'ignore'] });
    spec = `openai/tiny@http://127.0.0.1:${port}/v1`;
    for (let tries = 0; tries < 300; tries += 1) {
      const healthy = await fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (healthy) return;
      assert.equal(server.exitCode, null, 'it ended before it was ready');
      await sleep(100);
    }
    assert.fail('it was not ready within 30 s');
  });
  after(() => void server.kill());

  for (const plan of [...plans, 'auto'] as const) {
    test(`a short video is asked by the plan ${plan}`, async () => {
      await using model = await openModel(spec, { images: 4 });
      assert.equal(model.facts.slots, 4);
      const { observations, metrics } = await run(model, { plan, untilSeconds: 4 }, { into: `llama-${plan}` });
      assert.equal(observations.length, 2 * driver.questions.length);
      for (const one of observations) {
        if (one.state === 'answered') {
          const asked = driver.questions.find(({ id }) => id === one.question)!;
          assert.ok(asked.answer.safeParse(one.answer).success, JSON.stringify(one.answer));
        } else if (one.state === 'failed') assert.match(one.error.kind, /truncated|invalid/, one.error.message);
      }
      answered += observations.filter(({ state }) => state === 'answered').length;
      const reused = Object.values(metrics.questions).reduce((sum, { tokensReused = 0 }) => sum + tokensReused, 0);
      if (plan === 'lanes') assert.ok(reused > 0, 'a window’s later questions find its pictures');
    });
  }

  test('of all plans together some answers fit, though the weights are random', () => {
    assert.ok(answered >= 5, `${answered} answers`);
  });

  test('what it can do is found out by a few questions', async () => {
    const { facts, servers, reused, reuseTold } = await examineModel(spec, { signal });
    assert.equal(facts.slots, 4);
    assert.ok(reuseTold && reused! > 0.3, `${reused}`);
    const { abilities } = servers[0]!;
    assert.deepEqual([abilities.manner.schema, abilities.streams], ['json_schema', true]);
    assert.ok((abilities.picture?.tokens ?? 0) > 16);
  });

  test('a question that its context cannot hold is one line that says what to do', async () => {
    await using model = await openModel(spec, { images: 4 });
    const prompt = 'Look again. '.repeat(5000);
    const { answer } = driver.questions[0]!;
    await assert.rejects(model.answer({ images: [], prompt, schema: answer }, { signal }), {
      code: 'model',
      message: /are more than the context holds \(\d+ tokens, 4096 fit\)\. Give the server a context of \d+ tokens/,
    });
  });
});
