import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { checkServers } from './servers.ts';
import { defined } from '../../core/defined.ts';

const { signal } = new AbortController();

/** A server that answers these paths with JSON, and others with 404. */
async function serve(answers: Readonly<Record<string, unknown>>) {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer === undefined ? '404 page not found' : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** As https://docs.ollama.com/api/ps has it. */
const loaded = (name: string, size: number, vram: number | undefined, minutes: number) => ({
  name,
  model: name,
  size,
  ...defined({ size_vram: vram }),
  context_length: 4096,
  expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
});
const ollama = (models: readonly object[], tags = [{ name: 'llava:7b' }]) => ({
  '/api/version': { version: '0.40.12' },
  '/api/tags': { models: tags },
  '/api/ps': { models },
});

test('models on the card are ok; on the CPU or split they are not, with what to do', async () => {
  await using server = await serve(
    ollama([loaded('whole', 6e9, 6e9, 60), loaded('split', 10e9, 4e9, 60), loaded('cpu', 5e9, undefined, 60)]),
  );
  const checks = await checkServers([server.address], signal);
  const byName = new Map(checks.map((check) => [check.name, check]));
  assert.deepEqual(
    checks.map(({ name, ok }) => [name, ok]),
    [
      [server.address, true],
      ['whole', true],
      ['split', false],
      ['cpu', false],
      ['settings', true],
    ],
  );
  assert.match(byName.get('whole')!.says, /on the graphics card, 6\.0 GB, context 4096/);
  assert.match(byName.get('split')!.says, /^40 % on the graphics card/);
  assert.match(byName.get('split')!.fix!, /smaller model/);
  assert.match(byName.get('cpu')!.says, /^on the CPU/);
  assert.match(byName.get('settings')!.says, /OLLAMA_NUM_PARALLEL=1 OLLAMA_MAX_LOADED_MODELS=3/);
});

test('a model that is about to be unloaded could be kept; one on the card takes questions at once', async () => {
  await using server = await serve(ollama([loaded('short', 6e9, 6e9, 2)]));
  const [, short, settings] = await checkServers([server.address], signal);
  assert.deepEqual([short!.ok, /--keep-alive/.test(short!.fix ?? '')], [true, true]);
  assert.match(settings!.says, /OLLAMA_NUM_PARALLEL=4 OLLAMA_MAX_LOADED_MODELS=1/);
});

test('other servers, none, and what is none', async () => {
  await using openai = await serve({ '/v1/models': { data: [{ id: 'qwen' }] } });
  for (const address of [openai.address, `${openai.address}/v1`]) {
    const [check] = await checkServers([address], signal);
    assert.deepEqual([check!.ok, /OpenAI-compatible, models: qwen/.test(check!.says)], [true, true], check!.says);
  }
  await using page = await serve({});
  const [strange] = await checkServers([page.address], signal);
  assert.deepEqual([strange!.ok, strange!.code], [false, 'model']);
  const [away] = await checkServers(['127.0.0.1:9'], signal);
  assert.deepEqual([away!.ok, away!.code], [false, 'model']);
  assert.match(away!.fix!, /ollama serve/);
  const [wrong] = await checkServers(['http://:::'], signal);
  assert.equal(wrong!.code, 'usage');
  await using empty = await serve(ollama([], []));
  const [without] = await checkServers([empty.address], signal);
  assert.deepEqual([without!.ok, without!.fix], [false, 'ollama pull llava:7b']);
  await using broken = await serve({ '/api/version': { version: '1' }, '/api/ps': { models: 'many' }, '/api/tags': 7 });
  const [odd] = await checkServers([broken.address], signal);
  assert.match(odd!.says, /0 models, 0 loaded/);
});

test('a server that was not named need not be there', async () => {
  process.env['OLLAMA_HOST'] = '127.0.0.1:9';
  try {
    const [check] = await checkServers([], signal);
    assert.deepEqual([check!.ok, /only --model and --context need one/.test(check!.says)], [true, true]);
  } finally {
    delete process.env['OLLAMA_HOST'];
  }
});
