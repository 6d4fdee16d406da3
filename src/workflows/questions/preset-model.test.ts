import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { modelOfPreset, presetModel } from './preset-model.ts';

const llava = ['q2_K', 'q4_K_M', 'q8_0'].map((weights) => `llava:7b-v1.6-mistral-${weights}`);

test('a preset takes the weights that suit it, of those that the server has', () => {
  assert.equal(presetModel('balanced', [...llava, 'llava:7b']), 'llava:7b');
  assert.equal(presetModel('balanced', llava), 'llava:7b-v1.6-mistral-q4_K_M');
  assert.equal(presetModel('balanced', llava.slice(0, 1)), 'llava:7b-v1.6-mistral-q2_K');
  assert.equal(presetModel('balanced', ['llava:13b', 'gemma3:4b']), undefined, 'another size is another model');
  const qwen = ['qwen2.5vl:7b-q4_K_M', 'qwen2.5vl:7b-q8_0'];
  assert.equal(presetModel('quality', qwen), 'qwen2.5vl:7b-q8_0');
  assert.equal(presetModel('fast', ['moondream:latest']), 'moondream');
  assert.equal(presetModel('fast', ['moondream:1.8b-v2-q2_K', 'moondream:1.8b-v2-q4_K_M']), 'moondream:1.8b-v2-q4_K_M');
});

test('what is taken instead is told; a model that was named is left alone', async () => {
  await using server = await SimulatedServer.start({ model: llava[0]! });
  const earlier = process.env['OLLAMA_HOST'];
  process.env['OLLAMA_HOST'] = server.url;
  const { signal } = new AbortController();
  const told: string[] = [];
  const about = { tell: (message: string) => void told.push(message), signal };
  try {
    assert.equal(await modelOfPreset('balanced', 'ollama/llava:7b', about), `ollama/${llava[0]}`);
    assert.match(told[0]!, /takes llava:7b-v1\.6-mistral-q2_K: llava:7b is not on the server/);
    assert.equal(await modelOfPreset('balanced', 'ollama/other', about), 'ollama/other');
    assert.equal(await modelOfPreset(undefined, 'ollama/llava:7b', about), 'ollama/llava:7b');
    assert.equal(told.length, 1);
  } finally {
    if (earlier === undefined) delete process.env['OLLAMA_HOST'];
    else process.env['OLLAMA_HOST'] = earlier;
  }
});
