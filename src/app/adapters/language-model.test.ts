import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { catalogue } from '../../store/models/catalogue.ts';
import { pullModel } from '../../store/models/pull.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import type { LanguageModelOptions } from '../../workflows/adapters.ts';
import { openLanguageModel } from './language-model.ts';
import { openModelFolder } from '../models/registry.ts';

const root = join(import.meta.dirname, '../../..');
const skip = !existsSync(join(root, 'node_modules/@fugood/llama.node')) && '@fugood/llama.node is not installed';
const place = temporaryFolder();
const { signal } = new AbortController();
const model = catalogue.find(({ name }) => name === 'smolvlm2-500m')!;
const away = 'ollama/llava:7b@http://127.0.0.1:9';

before(async () => {
  process.env['FRAMESIFT_MODELS'] = join(place.path, 'models');
  const source = join(place.path, 'source');
  mkdirSync(source);
  for (const [index, name] of ['tiny-text.gguf', 'tiny-mmproj.gguf'].entries()) {
    copyFileSync(join(root, 'test/fixtures/tiny-vlm', name), join(source, model.files[index]!.path));
  }
});
after(() => {
  delete process.env['FRAMESIFT_MODELS'];
  delete process.env['FRAMESIFT_EMBEDDED'];
  place[Symbol.dispose]();
});

const open = (options: Partial<LanguageModelOptions> = {}, spec = away) =>
  openLanguageModel(spec, { signal, images: 1, ...options });
const install = () => pullModel(model, openModelFolder(), { from: join(place.path, 'source'), signal });

test('where the model is not installed nobody is asked, and the way to it is told', async () => {
  const agree = () => assert.fail('asked about a model that is not there');
  await assert.rejects(
    open({ agree }),
    /No Ollama server .* framesift models pull smolvlm2-500m, then give --embedded/,
  );
  await assert.rejects(open({ embedded: true }), /is not installed. Get it with: framesift models pull/);
  await assert.rejects(open({}, 'gguf:smolvlm2-500m'), { code: 'model', message: /is not installed\. Get it with/ });
  await assert.rejects(open({}, 'gguf:nothing'), { code: 'usage', message: /no such model/ });
});

test('without consent the server’s absence is the end of it', async () => {
  await install();
  await assert.rejects(open(), /Start it with: ollama serve\. Or let the embedded model answer: give --embedded\.$/);
  await assert.rejects(open({ embedded: false }), /ollama serve$/);
  const questions: string[] = [];
  const agree = async (question: string) => questions.push(question) < 0;
  await assert.rejects(open({ agree }), /No Ollama server/);
  assert.match(questions[0]!, /No Ollama server .*Let the embedded model smolvlm2-500m answer instead\?$/);
  process.env['FRAMESIFT_EMBEDDED'] = '0';
  await assert.rejects(open({ agree }), /No Ollama server/);
  assert.equal(questions.length, 1, 'who has said no in the environment is not asked');
  delete process.env['FRAMESIFT_EMBEDDED'];
});

test('with consent the embedded model answers, and says so; by name it needs none', { skip }, async () => {
  const changes: string[] = [];
  const onChange = (message: string) => void changes.push(message);
  for (const given of [{ embedded: true }, { agree: async () => true }]) {
    await using opened = await open({ ...given, onChange });
    assert.equal(opened.id, `gguf:${model.files[0]!.path}`);
  }
  process.env['FRAMESIFT_EMBEDDED'] = 'yes';
  {
    await using opened = await open({ onChange });
    assert.equal(opened.facts.device, 'CPU');
  }
  delete process.env['FRAMESIFT_EMBEDDED'];
  assert.equal(changes.length, 3);
  assert.match(changes[0]!, /The embedded model smolvlm2-500m answers instead\.$/);
  await using named = await open({ onChange, device: 'directml' }, 'gguf:smolvlm2-500m');
  assert.ok(named.id.startsWith('gguf:'));
  if (named.facts.device === 'CPU') assert.match(changes[3]!, /directml cannot be used by the embedded engine here/);
});

test('a server that is there and has not the model is not replaced', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"model not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const spec = `ollama/llava:7b@http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await assert.rejects(open({ embedded: true }, spec), /llava:7b is not on .* ollama pull llava:7b$/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
