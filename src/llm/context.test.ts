import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { measuredCost } from '../../bench/simulated-server/cost.ts';
import { largestQuestion } from '../engine/questions/prompts.ts';
import { driver } from '../workflows/driver/workflow.ts';
import type { AbilityStore } from './abilities.ts';
import { checkContext, contextFor, remedyFor, tokensOfText } from './context.ts';
import type { Question } from './model.ts';
import { openModel } from './open.ts';

const Face = z.object({ reason: z.string(), awake: z.boolean() });
const question = (frames: number): Question<z.infer<typeof Face>> => ({
  images: Array.from({ length: frames }, (_, index) => Buffer.from(`picture ${index}`)),
  prompt: 'How awake is the driver?',
  schema: Face,
  maxTokens: 256,
});
const { signal } = new AbortController();
const give = (tokens: number) => `--num-ctx ${tokens}`;

test('what is not sure to fail is not refused; what is says what would do, in numbers', () => {
  const size = { images: 4, imageSide: 1024, textTokens: 400, answerTokens: 256 };
  assert.equal(checkContext('qwen2.5vl:7b', size, 8192, give), undefined);
  const short = checkContext('qwen2.5vl:7b', size, 4096, give);
  assert.match(
    short!,
    /need about \d+ tokens, its context holds 4096\. Give --num-ctx 6144, --image-side \d+ or --window 3\.$/,
  );
  const side = Number(/--image-side (\d+)/.exec(short!)![1]);
  assert.equal(checkContext('qwen2.5vl:7b', { ...size, imageSide: side }, 4096, give), undefined, 'what is told helps');
  assert.throws(() => checkContext('llava:7b', { ...size, images: 64 }, 1024, give), { code: 'model' });
  assert.match(remedyFor('gemma3:4b', { images: 2 }, 512, give), /^Give --num-ctx 2048\.$/, 'two frames are the least');
});

test('words are counted by their letters, in Latin script fewer than in others', () => {
  const english = 'You look at a driver and say what you see. '.repeat(10);
  assert.ok(Math.abs(tokensOfText(english) - english.length / 4) < english.length / 10);
  assert.ok(tokensOfText('司機看起來很累'.repeat(10)) >= 70);
});

test('a context of 2048 tokens, two frames and answers of 256 work, as they do elsewhere', async () => {
  await using server = await SimulatedServer.start({ model: 'llava:7b-v1.6-mistral-q2_K' });
  const warnings: string[] = [];
  const generation = { numCtx: 2048, numPredict: 256 };
  const size = { images: 2, imageSide: 672, ...largestQuestion(driver, false) };
  const onWarning = (message: string) => void warnings.push(message);
  await using model = await openModel(server.ollamaSpec, { ...size, generation, onWarning });
  assert.ok((await model.answer(question(2), { signal })).value);
  assert.deepEqual([warnings, model.facts.notices], [[], []]);
  assert.equal(server.served[0]!.options['num_ctx'], 2048);
});

test('a picture that takes more than was thought gets more room, and is counted right from then on', async () => {
  const kept = new Map<string, unknown>();
  const abilities: AbilityStore = {
    get: async (key) => kept.get(key),
    set: async (key, one) => void kept.set(key, one),
  };
  const cost = { ...measuredCost, tokensPerImage: 2880 };
  for (const overlong of ['cut', 'llama.cpp'] as const) {
    kept.clear();
    await using server = await SimulatedServer.start({ cost, speed: 1000, behaviour: { overlong } });
    const options = { images: 4, imageSide: 672, abilities };
    {
      await using model = await openModel(server.ollamaSpec, options);
      await model.answer(question(4), { signal });
      const contexts = server.served.map((one) => one.options['num_ctx']);
      assert.equal(contexts[0], 4096);
      assert.ok(Number(contexts.at(-1)) > 4 * 2880, String(contexts));
    }
    server.served.length = 0;
    await using again = await openModel(server.ollamaSpec, options);
    await again.answer(question(4), { signal });
    assert.equal(server.served.length, 1, 'the second run begins with enough');
  }
});

test('a prompt that is cut to the context that the user set is answered, and told of', async () => {
  const cost = { ...measuredCost, tokensPerImage: 2880 };
  await using server = await SimulatedServer.start({ cost, speed: 1000, behaviour: { overlong: 'cut' } });
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  await using model = await openModel(server.ollamaSpec, { images: 2, generation: { numCtx: 2048 }, onWarning });
  for (let times = 0; times < 3; times += 1) await model.answer({ ...question(2), prompt: `${times}?` }, { signal });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /cut to the context of 2048 tokens; .* may be wrong\. Give --num-ctx 4096/);
});

test('the context that is asked for has room for the pictures, as far as the model goes', () => {
  assert.equal(contextFor('gemma3:4b', { images: 4 }, undefined), 4096);
  assert.equal(contextFor('qwen2.5vl:7b', { images: 8, imageSide: 1024 }, undefined), 10_240);
  assert.equal(contextFor('qwen2.5vl:7b', { images: 8, imageSide: 1024 }, 8192), 8192);
});
