import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { z } from 'zod';
import { hasEmbeddedEngine, hasFfmpeg, makeJpegs } from '../../test/fixtures/pictures.ts';
import { childrenOf, hasProc } from '../../test/fixtures/processes.ts';
import { openModel } from './open.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/tiny-vlm/${name}`, import.meta.url));
const spec = `gguf:${fixture('tiny-text.gguf')}+${fixture('tiny-mmproj.gguf')}`;
const missing = hasEmbeddedEngine && hasFfmpeg ? false : '@fugood/llama.node or ffmpeg is not here';
const Eyes = z.object({ drowsy: z.boolean(), eyes: z.enum(['open', 'closed']), confidence: z.int().min(0).max(9) });

test(
  'a real vision-language stack answers questions about real pictures by their schema',
  { skip: missing },
  async () => {
    const images = makeJpegs(3);
    const { signal } = new AbortController();
    await using model = await openModel(spec, { images: 3, generation: { seed: 1 } });
    assert.equal(model.concurrency, 1);
    const ask = (prompt: string) => model.answer({ images, system: 'You see.', prompt, schema: Eyes }, { signal });
    // Asked at once: the engine takes them one after another.
    const [first, second] = await Promise.all([ask('Are the eyes open?'), ask('Is the driver drowsy?')]);
    for (const { value, use } of [first, second]) {
      assert.ok(Eyes.safeParse(value).success);
      assert.ok((use.tokensIn ?? 0) > 20, 'the pictures are part of the prompt');
      assert.ok((use.tokensOut ?? 0) > 5);
    }
  },
);

test('an abort stops the embedded engine and leaves it usable', { skip: missing }, async () => {
  const images = makeJpegs(2);
  await using model = await openModel(spec, { images: 2 });
  const stop = new AbortController();
  const Long = z.object({ words: z.array(z.enum(['yes', 'no'])).min(300) });
  const long = model.answer({ images, prompt: 'Go on.', schema: Long, maxTokens: 3000 }, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 50);
  await assert.rejects(long, /enough/);
  const { value } = await model.answer(
    { images, prompt: 'Eyes?', schema: Eyes },
    { signal: new AbortController().signal },
  );
  assert.ok(Eyes.safeParse(value).success);
});

test(
  'an engine that died is started anew, and the question that was under way asked again',
  { skip: missing || !hasProc },
  async () => {
    await using model = await openModel(spec, { images: 2, backoffMs: 1 });
    const [engine] = childrenOf();
    const asked = model.answer(
      { images: makeJpegs(2), prompt: 'Eyes?', schema: Eyes },
      { signal: new AbortController().signal },
    );
    setTimeout(() => process.kill(engine as number, 'SIGKILL'), 20);
    const { value, use } = await asked;
    assert.ok(Eyes.safeParse(value).success);
    assert.ok(use.attempts >= 2);
  },
);

test('what cannot be loaded is one line that says which file is wrong', { skip: missing }, async () => {
  const [text, projector] = [fixture('tiny-text.gguf'), fixture('tiny-mmproj.gguf')];
  await assert.rejects(openModel(`gguf:${fileURLToPath(import.meta.url)}+${projector}`), {
    code: 'model',
    message: /embedded\.test\.ts: not a GGUF file/,
  });
  await assert.rejects(openModel(`gguf:${text}+${text}`), { code: 'model', message: /not an image projector/ });
  const small = openModel(`gguf:${text}+${projector}`, { images: 8, generation: { numCtx: 256 } });
  await assert.rejects(small, { code: 'model', message: /8 frames and a question need about/ });
});
