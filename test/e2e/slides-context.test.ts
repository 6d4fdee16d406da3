import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { RunRecord } from '../../src/core/run.ts';
import type { Slide } from '../../src/core/slide.ts';
import { framesift, startFramesift } from '../fixtures/command.ts';
import { until } from '../fixtures/processes.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const text = (...names: string[]): string => readFileSync(at(...names), 'utf8');
const slidesOf = (run: string): readonly Slide[] =>
  (JSON.parse(text(run, 'slides.json')) as { slides: readonly Slide[] }).slides;
const recordOf = (run: string): RunRecord => JSON.parse(text(run, 'run.json')) as RunRecord;

test('a model writes what each slide is about, from its picture and its text, once', async () => {
  const talk = await sampleTalk();
  await using server = await SimulatedServer.start({ slots: 1 });
  // Two are asked at once: the first of them fails twice, the second once.
  server.faults.add('invalid', 'invalid', 'invalid');
  const { code, err } = await framesift('slides', talk.path, '-o', at('run'), '--context', server.ollamaSpec);
  assert.equal(code, 10, err);
  const slides = slidesOf('run');
  assert.equal(slides.length, 6);
  const described = slides.filter(({ context }) => context);
  assert.equal(described.length, 5, 'the slide whose answer was no JSON, twice, has none');
  assert.match(err, /answer could not be used.* That slide has no context/);
  for (const slide of described) {
    assert.ok(slide.context);
    assert.equal(slide.context.model, 'ollama/llava:7b');
    assert.equal(slide.title, slide.context.title);
    assert.ok(text('run', 'report.html').includes(slide.context.summary), 'the report shows it');
  }
  assert.equal(server.answered.length, 5, 'each slide was asked about once');
  const words = described.map((slide) => slide.text.split(/\s+/).find((word) => word.length > 5) ?? '');
  for (const word of words)
    assert.ok(
      server.answered.some(({ prompt }) => prompt.includes(word)),
      `“${word}” was told`,
    );
  assert.ok(
    server.answered.every(({ tokensIn }) => tokensIn > 140),
    'and shown',
  );
  const record = recordOf('run');
  assert.ok(record.models.some(({ use, id }) => use === 'context' && id === 'ollama/llava:7b'));
  const sum = (of: 'tokensIn' | 'tokensOut') => server.served.reduce((total, one) => total + one[of], 0);
  assert.equal(server.served.length, 8, 'the one without a context and the one after it were asked about twice');
  const { modelCalls, tokensIn, tokensOut } = record.cost;
  assert.deepEqual([modelCalls, tokensIn, tokensOut], [8, sum('tokensIn'), sum('tokensOut')]);
  assert.ok(tokensIn > 8 * 140 && tokensOut > 0);
});

test('a run that is stopped and continued does not ask again about a slide that has its context', async () => {
  const talk = await sampleTalk();
  await using server = await SimulatedServer.start({ slots: 2 });
  const flags = ['slides', talk.path, '-o', at('stopped'), '--until', '30', '--context', server.openAiSpec];
  const { child, said } = startFramesift(...flags);
  await until(() => server.answered.length >= 2, 'two slides have their context');
  child.kill('SIGINT');
  assert.equal((await said).code, 130);
  const { code, err } = await framesift(...flags);
  assert.equal(code, 0, err);
  assert.ok(slidesOf('stopped').every(({ context }) => context));
  // What was on its way when it was stopped was not kept.
  assert.ok(server.answered.length <= slidesOf('stopped').length + 2, `${server.answered.length} answers`);
});

test('a model that cannot be asked costs the context and not the slides', async () => {
  const talk = await sampleTalk();
  const flags = ['slides', talk.path, '-o', at('without'), '--until', '14'];
  const { code, err } = await framesift(...flags, '--context', 'ollama/none@http://127.0.0.1:9');
  assert.equal(code, 10, err);
  assert.match(err, /No context is written: No Ollama server answers at .* ollama serve/);
  assert.ok(slidesOf('without').length > 0);
  assert.ok(slidesOf('without').every(({ context, title }) => !context && title !== ''));
});

test('contexts that are missing are written later, without decoding the video again', async () => {
  const talk = await sampleTalk();
  await using server = await SimulatedServer.start({ slots: 1 });
  const flags = ['slides', talk.path, '-o', at('later'), '--until', '30'];
  assert.equal((await framesift(...flags)).code, 0);
  const decoded = recordOf('later').timings;
  const plain = slidesOf('later');
  assert.ok(plain.length >= 2 && plain.every(({ context }) => !context));

  server.faults.add('bad-request');
  const first = await framesift(...flags, '--context', server.ollamaSpec);
  assert.equal(first.code, 10, first.err);
  assert.match(first.out, /^! /);
  const texts = slidesOf('later').filter(({ textState }) => textState === 'read').length;
  assert.equal(slidesOf('later').filter(({ context }) => context).length, texts - 1);
  assert.equal(recordOf('later').stages.find(({ id }) => id === 'context')?.failed, 1);
  assert.ok(decoded.some(({ stage }) => stage === 'frames'));
  assert.ok(!recordOf('later').timings.some(({ stage }) => stage === 'frames'), 'nothing was decoded');

  const before = server.served.length;
  const again = await framesift(...flags, '--context', server.ollamaSpec);
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /contexts are kept of the earlier run/);
  assert.equal(server.served.length - before, 1, 'just the one is asked for');
  assert.ok(slidesOf('later').every(({ context, textState }) => context || textState !== 'read'));
  assert.ok(text('later', 'report.html').includes(slidesOf('later')[0]!.context!.summary));
  // Without the model the slides are what they are.
  assert.match((await framesift(...flags)).out, /Already done/);
  assert.ok(slidesOf('later')[0]!.context);
});
