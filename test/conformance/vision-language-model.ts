import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { FramesiftError } from '../../src/core/errors.ts';
import { AnswerError } from '../../src/llm/failure.ts';
import type { AnswerCache, Question, VisionLanguageModel } from '../../src/llm/model.ts';
import type { OpenModelOptions } from '../../src/llm/open.ts';
import { makeJpegs } from '../fixtures/pictures.ts';

/** One model of the provider, opened with these options; disposed with all that it needs. */
export type OpenForTest = (options: OpenModelOptions) => Promise<{ model: VisionLanguageModel } & AsyncDisposable>;

const Eyes = z.object({ eyes: z.enum(['open', 'closed']), drowsy: z.boolean(), sure: z.int().min(0).max(100) });
/** An answer that takes a while: forty words of a list. */
const Long = z.object({ words: z.array(z.enum(['yes', 'no'])).min(40) });
const { signal } = new AbortController();

/**
 * What every vision-language model promises, whatever is behind it. `losesPrefix`: it takes any idle slot, so that
 * a lane that is alone does not find its pictures.
 */
export function testVisionLanguageModel(
  name: string,
  open: OpenForTest,
  { skip, losesPrefix = false }: { readonly skip: string | false; readonly losesPrefix?: boolean },
): void {
  const images = skip ? [] : makeJpegs(3);
  const ask = (prompt: string): Question<z.infer<typeof Eyes>> => ({
    images,
    system: 'You look at a driver.',
    prompt,
    schema: Eyes,
  });
  const long: Question<z.infer<typeof Long>> = { images, prompt: 'Go on.', schema: Long, maxTokens: 2000 };
  const contract = (what: string, body: () => Promise<void>) => void test(`${name}: ${what}`, { skip }, body);

  contract('an answer fits its schema, comes as a stream and says what it took', async () => {
    await using opened = await open({ images: 3 });
    const { model } = opened;
    const { value, text, use } = await model.answer(ask('How are the eyes?'), { signal });
    assert.ok(Eyes.safeParse(value).success, JSON.stringify(value));
    assert.ok(text.includes('{'), 'the model’s own words are there');
    assert.equal(use.model, model.id);
    assert.equal(use.cached, false);
    assert.ok(use.attempts >= 1);
    assert.ok((use.tokensIn ?? 0) > 3 * 50, 'the pictures are part of the prompt');
    assert.ok((use.tokensOut ?? 0) > 5);
    const { firstTokenMs, answerMs } = (await model.answer(long, { signal })).use;
    assert.ok(firstTokenMs > 0 && firstTokenMs < answerMs, `the first word at ${firstTokenMs} of ${answerMs} ms`);
  });

  contract('questions asked at once are all answered, never more at a time than there are slots', async () => {
    await using opened = await open({ images: 3 });
    const { model } = opened;
    assert.ok(model.concurrency >= 1);
    const answers = Array.from({ length: 6 }, (_, index) => model.answer(ask(`Question ${index}?`), { signal }));
    assert.equal(model.free, 0);
    for (const { value } of await Promise.all(answers)) assert.ok(Eyes.safeParse(value).success);
    assert.equal(model.free, model.concurrency);
  });

  contract('questions of one lane find the pictures that the first one brought', async () => {
    await using opened = await open({ images: 3 });
    using lane = opened.model.openLane({});
    await opened.model.answer(ask('The first?'), { signal, lane });
    const { use } = await opened.model.answer(ask('The second?'), { signal, lane });
    // Some servers do not tell.
    if (use.tokensReused !== undefined && !losesPrefix)
      assert.ok(use.tokensReused > (use.tokensIn ?? 0) / 2, `${use.tokensReused}`);
    assert.ok(use.queueMs < 5, 'the lane has its slot');
  });

  contract('an abort ends the question with its reason and frees the slot at once', async () => {
    await using opened = await open({ images: 3, concurrency: 1 });
    const { model } = opened;
    const stop = new AbortController();
    const asking = assert.rejects(model.answer(long, { signal: stop.signal }), /enough/);
    const waiting = assert.rejects(model.answer(ask('Waits?'), { signal: stop.signal }), /enough/);
    setTimeout(() => stop.abort(new Error('enough')), 60);
    await Promise.all([asking, waiting]);
    assert.equal(model.free, 1);
    assert.ok((await model.answer(ask('And now?'), { signal })).value);
    await assert.rejects(model.answer(ask('Never?'), { signal: AbortSignal.abort(new Error('before')) }), /before/);
  });

  contract('a first word and a whole answer that do not come in time are errors of their own', async () => {
    for (const [limits, kind] of [
      [{ firstTokenSeconds: 0.001 }, 'first-token'],
      [{ answerSeconds: 0.02 }, 'answer'],
    ] as const) {
      await using opened = await open({ images: 3, attempts: 1, ...limits });
      await assert.rejects(opened.model.answer(long, { signal }), (error) => {
        assert.ok(error instanceof AnswerError, String(error));
        assert.equal(error.kind, kind);
        assert.equal(error.effort.attempts, 1);
        return true;
      });
      assert.equal(opened.model.free, opened.model.concurrency);
    }
  });

  contract('an answer that is cut off or does not fit is asked once more, then told with its raw text', async () => {
    await using opened = await open({ images: 3 });
    const refused = Eyes.refine(() => false, 'nothing is good enough');
    for (const [question, kind] of [
      [{ ...ask('Short?'), maxTokens: 3 }, 'truncated'],
      [{ ...ask('Good?'), schema: refused }, 'invalid'],
    ] as const) {
      await assert.rejects(opened.model.answer(question, { signal }), (error) => {
        assert.ok(error instanceof AnswerError, String(error));
        assert.equal(error.kind, kind);
        assert.equal(error.effort.attempts, 2);
        assert.ok(error.raw, 'what the model wrote is kept');
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    }
  });

  contract('an answer is asked once where there is a cache', async () => {
    const kept = new Map<string, unknown>();
    const cache: AnswerCache = {
      get: async (key) => kept.get(key),
      set: async (key, value) => void kept.set(key, value),
    };
    await using opened = await open({ images: 3, cache });
    const first = await opened.model.answer(ask('Again?'), { signal });
    const second = await opened.model.answer(ask('Again?'), { signal });
    assert.deepEqual(second.value, first.value);
    assert.deepEqual([second.use.cached, second.use.attempts], [true, 0]);
    const other = await opened.model.answer({ ...ask('Again?'), images: images.slice(1) }, { signal });
    assert.equal(other.use.cached, false, 'other pictures, another answer');
  });

  contract('too many pictures for the context are one line before anything is asked', async () => {
    await assert.rejects(open({ images: 1000, generation: { numCtx: 1024 } }), (error) => {
      assert.ok(error instanceof FramesiftError, String(error));
      assert.equal(error.code, 'model');
      assert.match(error.message, /^[^\n]*1000 frames and a question need about \d+ tokens[^\n]*$/);
      return true;
    });
  });
}
