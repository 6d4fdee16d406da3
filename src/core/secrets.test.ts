import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepAddress, keepSecret, redact, withoutSecrets } from './secrets.ts';

test('an address loses what is secret in it, known or not', () => {
  assert.equal(
    redact('see http://me:pass@host:1/v1?api_key=abc&b=2 now'),
    'see http://***@host:1/v1?api_key=***&b=*** now',
  );
  assert.equal(redact('openai/m@me:pass@host/v1,https://b?k=1'), 'openai/m@***@host/v1,https://b?k=***');
  assert.equal(
    redact('"model":"ollama/llava:7b@host:11434?token=x"'),
    '"model":"ollama/llava:7b@host:11434?token=***"',
  );
  assert.equal(redact('http://me:pa ss?api_key=abc is none'), 'http://me:pa ss?api_key=*** is none');
});

test('paths and addresses without secrets stay as they are', () => {
  for (const text of ['/home/a@b/what?.mp4', 'http://127.0.0.1:11434/api', 'ollama/llava:7b', 'a, b & c = d']) {
    assert.equal(redact(text), text);
  }
});

test('a known secret is taken out wherever it stands, in whatever form', () => {
  keepSecret('s/e cret"1');
  const text = `s/e cret"1 s%2Fe%20cret%221 ${JSON.stringify({ a: 's/e cret"1' })} ${Buffer.from('s/e cret"1').toString('base64')}`;
  assert.equal(redact(text), '*** *** {"a":"***"} ***');
  keepSecret('a');
  assert.equal(redact('a word'), 'a word', 'too short to be one');
});

test('what an address gives is known from then on, and the address is shown without it', () => {
  assert.equal(keepAddress(new URL('http://me:hunter22@h/v1/?key=k1234567')), 'http://***@h/v1/?key=***');
  assert.equal(
    redact(`hunter22, k1234567, Basic ${Buffer.from('me:hunter22').toString('base64')}`),
    '***, ***, Basic ***',
  );
  assert.deepEqual(withoutSecrets({ a: ['hunter22'], b: undefined, c: 1 }), { a: ['***'], c: 1 });
});
