import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import type { AiSdkModel } from './ai-sdk.ts';
import { AnswerError } from './failure.ts';
import type { Question } from './model.ts';
import { openAiSdkModel, openModel } from './open.ts';

/** The mock model of the package `ai` itself. */
interface Mocks {
  readonly MockLanguageModelV4: new (options: { doStream: (call: Call) => Promise<unknown> }) => AiSdkModel;
  simulateReadableStream(options: { chunks: unknown[]; chunkDelayInMs?: number }): unknown;
}
interface Call {
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[];
  readonly responseFormat?: { readonly type: string; readonly schema?: unknown };
  readonly maxOutputTokens?: number;
}

const name = 'ai/test';
const mocks = await (import(name) as Promise<Mocks>).catch(() => undefined);
const errors = await (import('ai'.slice(0)) as Promise<{ APICallError: new (options: object) => Error }>).catch(
  () => undefined,
);
const skip = mocks && errors ? false : 'the package ai is not installed';

const Face = z.object({ reason: z.string(), awake: z.boolean(), confidence: z.int().min(0).max(100) });
const question: Question<z.infer<typeof Face>> = {
  images: [Buffer.from('one'), Buffer.from('two')],
  system: 'You look at a driver.',
  prompt: 'Awake?',
  schema: Face,
};
const { signal } = new AbortController();
const answer = { reason: 'Eyes open.', awake: true, confidence: 90 };

const usage = {
  inputTokens: { total: 1000, noCache: 400, cacheRead: 600, cacheWrite: 0 },
  outputTokens: { total: 20, text: 20, reasoning: 0 },
};
const says = (text: string, unified = 'stop', thought = '') => [
  { type: 'stream-start', warnings: [] },
  ...(thought === ''
    ? []
    : [
        { type: 'reasoning-start', id: 'r' },
        { type: 'reasoning-delta', id: 'r', delta: thought },
        { type: 'reasoning-end', id: 'r' },
      ]),
  { type: 'text-start', id: 't' },
  ...(text.match(/.{1,8}/gs) ?? []).map((delta) => ({ type: 'text-delta', id: 't', delta })),
  { type: 'text-end', id: 't' },
  { type: 'finish', finishReason: { unified, raw: unified }, usage },
];

/** A model whose calls are answered one after another; an error is thrown. */
function mock(...replies: (unknown[] | Error)[]): { model: AiSdkModel; calls: Call[] } {
  const calls: Call[] = [];
  const model = new mocks!.MockLanguageModelV4({
    doStream: async (call) => {
      calls.push(call);
      const reply = replies.length > 1 ? replies.shift()! : replies[0]!;
      if (reply instanceof Error) throw reply;
      return { stream: mocks!.simulateReadableStream({ chunks: reply }) };
    },
  });
  return { model, calls };
}
const failure = (statusCode: number, message: string) =>
  new errors!.APICallError({ message, url: 'http://x', requestBodyValues: {}, statusCode });

test(
  'a model of the AI SDK is asked as every other: pictures first, bound to the schema, counted',
  { skip },
  async () => {
    const { model, calls } = mock(says(JSON.stringify(answer)));
    await using opened = await openAiSdkModel(model, { images: 2 });
    const { value, use } = await opened.answer(question, { signal });
    assert.deepEqual(value, answer);
    assert.deepEqual([use.tokensIn, use.tokensReused, use.tokensOut, use.attempts], [1000, 600, 20, 1]);
    const [system, user] = calls[0]!.prompt;
    assert.equal(system!.content, question.system);
    const parts = user!.content as { readonly type: string; readonly mediaType?: string }[];
    assert.deepEqual(
      parts.map(({ type, mediaType }) => mediaType ?? type),
      ['image/jpeg', 'image/jpeg', 'text'],
    );
    assert.equal(calls[0]!.responseFormat?.type, 'json');
    assert.equal(calls[0]!.maxOutputTokens, 512);
  },
);

test('its failures are ours: what passes is tried again, what does not is told', { skip }, async () => {
  const options = { images: 2, backoffMs: 1, retryAfterSeconds: 0.01 };
  const good = says(JSON.stringify(answer));
  for (const [status, attempts] of [
    [429, 2],
    [500, 2],
  ] as const) {
    const { model } = mock(failure(status, 'not now'), good);
    await using opened = await openAiSdkModel(model, options);
    assert.equal((await opened.answer(question, { signal })).use.attempts, attempts, String(status));
  }
  for (const [replies, told] of [
    [[failure(401, 'bad key')], /the provider answered 401: bad key/],
    [[says(JSON.stringify(answer).slice(0, 20), 'length')], /cut off after/],
    [[says('I cannot say.')], /it holds no JSON object/],
  ] as const) {
    const { model } = mock(...replies);
    await using opened = await openAiSdkModel(model, options);
    await assert.rejects(opened.answer(question, { signal }), (error) => {
      assert.ok(error instanceof AnswerError, String(error));
      assert.match(error.message, told);
      return true;
    });
  }
  const { model, calls } = mock(failure(400, 'response_format is not supported'), good);
  await using opened = await openAiSdkModel(model, options);
  await opened.answer(question, { signal });
  assert.equal(calls.length, 2, 'asked with less of a bond');
  assert.ok(JSON.stringify(calls[1]!.prompt).includes('JSON schema'));
});

test('where the package is not installed one line says how to get it', async () => {
  await assert.rejects(openModel('ai:nobody-makes-this/x'), (error) => {
    assert.ok(error instanceof FramesiftError);
    assert.equal(error.code, 'dependency');
    assert.match(
      error.message,
      /^[^\n]*need @ai-sdk\/nobody-makes-this\. Install it with: npm install --no-save ai@7 [^\n]*$/,
    );
    return true;
  });
});
