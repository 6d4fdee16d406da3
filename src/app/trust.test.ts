import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachesOutside, trustedOptions } from './trust.ts';

test('servers beyond this machine and places that are written are told of', () => {
  const reached = (options: Record<string, unknown>): string[] => reachesOutside(options);
  assert.deepEqual(reached({ model: 'ollama/llava:7b', context: 'gguf:a+b', kinds: 'clip-vit-b32' }), []);
  assert.deepEqual(reached({ model: 'openai/m@http://127.0.0.1:8080/v1', context: 'ollama/m@localhost' }), []);
  assert.deepEqual(reached({ model: 'openai/m@https://evil.example/v1,http://[::1]:1' }), ['https://evil.example/v1']);
  assert.deepEqual(reached({ model: 'openai/m@127.0.0.1.evil.example' }), ['127.0.0.1.evil.example']);
  assert.deepEqual(reached({ overlay: '/home/me/film.mp4', cacheFolder: '/x' }), ['/home/me/film.mp4', '/x']);
  assert.deepEqual(reached({ model: 7, overlay: null }), []);
  assert.deepEqual(reached({ rules: '/etc/rules.yaml', frameClassifier: ['./a.onnx'], embedder: 'dinov2-small' }), [
    '/etc/rules.yaml',
    './a.onnx',
  ]);
  assert.deepEqual(reached({ model: 'gguf:/x/a.gguf+/x/b.gguf' }), ['gguf:/x/a.gguf+/x/b.gguf']);
});

test('they are used once the user says that the folder is theirs', () => {
  const options = { overlay: '/home/me/film.mp4' };
  assert.throws(() => trustedOptions('run', options), {
    code: 'usage',
    message: 'run: its options name /home/me/film.mp4. If these results are yours: framesift resume run --trust',
  });
  assert.deepEqual(trustedOptions('run', options, { trusted: true }), options);
});

test('a model that is given again takes the place of the one in the folder', () => {
  const stored = { model: 'openai/m@https://***@far.example/v1?key=***', every: 2 };
  const again = { model: 'openai/m@https://me:secret@far.example/v1' };
  assert.deepEqual(trustedOptions('run', stored, { again }), { ...again, every: 2 });
  assert.throws(() => trustedOptions('run', stored, { trusted: true }), {
    message:
      'run: the address of its model had a key, and keys are not kept. Give it again: framesift resume run --model openai/m@https://***@far.example/v1?key=***',
  });
  assert.throws(() => trustedOptions('run', { every: 2 }, { again }), /--model has no effect here/);
});
