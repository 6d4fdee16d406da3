import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTrust, reachesOutside } from './trust.ts';

test('servers beyond this machine and places that are written are told of', () => {
  const reached = (options: Record<string, unknown>): string[] => reachesOutside(options);
  assert.deepEqual(reached({ model: 'ollama/llava:7b', context: 'gguf:a+b', rules: '/etc/rules.yaml' }), []);
  assert.deepEqual(reached({ model: 'openai/m@http://127.0.0.1:8080/v1', context: 'ollama/m@localhost' }), []);
  assert.deepEqual(reached({ model: 'openai/m@https://evil.example/v1,http://[::1]:1' }), ['https://evil.example/v1']);
  assert.deepEqual(reached({ model: 'openai/m@127.0.0.1.evil.example' }), ['127.0.0.1.evil.example']);
  assert.deepEqual(reached({ overlay: '/home/me/film.mp4', cacheFolder: '/x' }), ['/home/me/film.mp4', '/x']);
  assert.deepEqual(reached({ model: 7, overlay: null }), []);
});

test('they are used once the user says that the folder is theirs', () => {
  const options = { overlay: '/home/me/film.mp4' };
  assert.throws(() => checkTrust('run', options, false), {
    code: 'usage',
    message: 'run: its options name /home/me/film.mp4. If these results are yours: framesift resume run --trust',
  });
  checkTrust('run', options, true);
});
