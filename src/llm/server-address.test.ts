import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ollamaAddress } from './server-address.ts';
import { parseModelSpec } from './spec.ts';

afterEach(() => {
  delete process.env['OLLAMA_HOST'];
});

test('without an address Ollama is where OLLAMA_HOST says, for every command', () => {
  const cases = {
    '': 'http://127.0.0.1:11434',
    '0.0.0.0': 'http://127.0.0.1:11434',
    'gpu.local': 'http://gpu.local:11434',
    'gpu.local:8080': 'http://gpu.local:8080',
    'http://gpu.local:80': 'http://gpu.local',
    'https://gpu.local': 'https://gpu.local',
    ':// no address': 'http://127.0.0.1:11434',
  };
  for (const [host, address] of Object.entries(cases)) {
    process.env['OLLAMA_HOST'] = host;
    assert.equal(ollamaAddress(), address, host);
    const spec = parseModelSpec('ollama/llava:7b');
    assert.ok(spec.provider === 'ollama');
    assert.equal(spec.addresses[0]?.href.replace(/\/$/, ''), address, host);
  }
});

test('an address that is named counts more', () => {
  process.env['OLLAMA_HOST'] = 'gpu.local';
  const spec = parseModelSpec('ollama/llava:7b@127.0.0.1:9');
  assert.ok(spec.provider === 'ollama');
  assert.equal(spec.addresses[0]?.href, 'http://127.0.0.1:9/');
});
