import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { modeNames, modes, type Mode, type ModeName } from '../../bench/simulated-server/modes.ts';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { FramesiftError } from '../../src/core/errors.ts';
import type { AbilityStore, KnownAbilities } from '../../src/llm/abilities.ts';
import { AnswerError } from '../../src/llm/failure.ts';
import type { Question, VisionLanguageModel } from '../../src/llm/model.ts';
import { openModel, type OpenModelOptions } from '../../src/llm/open.ts';
import { maxLetters } from '../../src/llm/request.ts';

/** What a mode comes to: the right answer, or one right line. */
type Expected =
  | {
      /** Requests for three questions, one after another. */
      readonly requests: number | readonly [least: number, most: number];
      /** What is found out and kept. */
      readonly known?: (known: KnownAbilities) => boolean;
      /** The one line that people are told. */
      readonly warns?: RegExp;
    }
  /** The line of each question's error, or of the one that ends the run. */
  | { readonly fails: RegExp; readonly ends?: 'at once' };

const doors = { ollama: 'ollamaSpec', openai: 'openAiSpec' } as const;
type Door = keyof typeof doors;

const once = { requests: 3 };
const expected: Readonly<Record<ModeName, Expected | Readonly<Record<Door, Expected>>>> = {
  friendly: { ...once, known: ({ streams, manner }) => streams === true && manner.schema === 'json_schema' },
  whole: { ...once, known: ({ streams }) => streams === false },
  // Ollama's language has no count to leave out, so that it takes one step more to none.
  'refuses-stream': { requests: 5, known: ({ manner }) => manner.stream === 'none' },
  'refuses-usage': { requests: 4, known: ({ manner, streams }) => manner.stream === 'plain' && streams === true },
  'json-object': { requests: 4, known: ({ manner }) => manner.schema === 'json_object' },
  'no-schema': { requests: 5, known: ({ manner }) => manner.schema === 'prompt' },
  // Two questions need a second try before the schema is told in words from the start.
  'ignores-schema': { requests: 5, known: ({ manner }) => manner.schema === 'prompt' },
  thinks: { requests: 4, known: ({ manner }) => manner.thinking === 'off' },
  'always-thinks': {
    requests: 5,
    known: ({ manner }) => manner.thinking === 'stubborn',
    warns: /2048 tokens more for it/,
  },
  'refuses-think-word': { requests: 5, known: ({ manner }) => manner.thinking === 'stubborn' },
  'answers-in-thoughts': { requests: [3, 4] },
  'error-at-end': once,
  'small-context': {
    // The context is ours to choose with Ollama, unless the model has no longer one.
    ollama: {
      fails:
        /4 frames and a question are more than the context holds \(\d+ tokens, 512 fit\)\. Give a model with a larger context/,
      ends: 'at once',
    },
    openai: {
      fails:
        /4 frames and a question are more than the context holds \(\d+ tokens, 512 fit\)\. Give the server a context of 2048 tokens .*-c/,
      ends: 'at once',
    },
  },
  'small-context-vllm': {
    fails: /\(\d+ tokens, 512 fit\)\. Give the server a context of 2048 tokens .*--max-model-len/,
    ends: 'at once',
  },
  'cuts-prompt': { requests: 3 },
  'two-pictures': { fails: /takes 2 pictures in a message, and 4 are shown\. Give --window 2/, ends: 'at once' },
  'one-picture': { fails: /takes one picture in a message, and 4 are shown\./, ends: 'at once' },
  'one-slot': once,
  forgetful: once,
  'shared-prefix': once,
  endless: { fails: /it did not end after \d+ letters/ },
  brackets: { fails: /it did not end after \d+ letters/ },
  'endless-line': { fails: /the server sends a line that does not end/ },
  drip: { fails: /no whole answer within 0\.5 s/ },
  comments: { fails: /no word within 0\.5 s/ },
  gzip: { fails: /the server sends gzip although it was asked for plain text/ },
  'endless-error': { fails: /the server answered 500: x+/ },
  'busy-for-a-day': { fails: /the server answered 429: not today/ },
  silent: { fails: /took the connection and did not answer within 0\.5 s/, ends: 'at once' },
  fails: { fails: /the server answered 500: not today/ },
  forbids: { fails: /the server answered 403: not today/ },
  'web-page': { fails: /answers, but not as .* does \(a web page\?\)/, ends: 'at once' },
};

const Face = z.object({ reason: z.string(), state: z.enum(['AWAKE', 'SLEEPY']), confidence: z.int().min(0).max(100) });
const question = (prompt: string): Question<z.infer<typeof Face>> => ({
  images: [1, 2, 3, 4].map((index) => Buffer.from(`picture ${index}`)),
  system: 'You look at a driver.',
  prompt,
  schema: Face,
  maxTokens: 256,
});
const { signal } = new AbortController();
const limits: OpenModelOptions = {
  images: 4,
  imageSide: 672,
  attempts: 2,
  backoffMs: 1,
  firstTokenSeconds: 0.5,
  answerSeconds: 0.5,
  checkSeconds: 0.5,
  retryAfterSeconds: 0.01,
};

function memory(): AbilityStore & { readonly kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return { kept, get: async (key) => kept.get(key), set: async (key, value) => void kept.set(key, value) };
}

async function askThree(model: VisionLanguageModel): Promise<void> {
  for (const about of ['eyes', 'hands', 'road']) {
    const { value } = await model.answer(question(`How are the ${about}?`), { signal });
    assert.ok(Face.safeParse(value).success);
  }
}

for (const name of modeNames) {
  const { options, door: only, about }: Mode = modes[name];
  for (const door of Object.keys(doors) as Door[]) {
    if (only && only !== door) continue;
    test(`a server that ${name} (${about}), as ${door}`, { timeout: 60_000 }, async () => {
      await using server = await SimulatedServer.start({ ...options, speed: 400 });
      const all = expected[name];
      const wanted = 'ollama' in all ? all[door] : all;
      const store = memory();
      const warnings: string[] = [];
      const open = { ...limits, abilities: store, onWarning: (message: string) => void warnings.push(message) };
      if ('fails' in wanted) return await fails(server[doors[door]], open, wanted);
      await using model = await openModel(server[doors[door]], open);
      await askThree(model);
      const [least, most] = typeof wanted.requests === 'number' ? [wanted.requests, wanted.requests] : wanted.requests;
      assert.ok(server.served.length >= least && server.served.length <= most, `${server.served.length} requests`);
      const known = [...store.kept.values()][0] as KnownAbilities;
      if (wanted.known) assert.ok(wanted.known(known), JSON.stringify(known));
      if (wanted.warns) assert.match(warnings.join('\n'), wanted.warns);
      assert.ok(warnings.length <= 1, warnings.join('\n'));
      // What was found out once is not found out again.
      server.served.length = 0;
      await using again = await openModel(server[doors[door]], open);
      await askThree(again);
      assert.equal(server.served.length, 3);
    });
  }
}

async function fails(
  spec: string,
  options: OpenModelOptions,
  { fails: line, ends }: Extract<Expected, { fails: RegExp }>,
) {
  const asking = async () => {
    await using model = await openModel(spec, options);
    await model.answer(question('How are the eyes?'), { signal });
  };
  await assert.rejects(asking, (error) => {
    assert.ok(error instanceof FramesiftError, String(error));
    assert.equal(error.code, 'model');
    assert.match(error.message, line);
    assert.doesNotMatch(error.message, /\n/);
    assert.ok(error.message.length < 600, error.message);
    // What ends a run is no failure of one question.
    assert.equal(error instanceof AnswerError, ends === undefined);
    if (error instanceof AnswerError)
      assert.ok((error.raw?.length ?? 0) <= maxLetters(512) + 70_000, 'what is kept is bounded');
    return true;
  });
}
