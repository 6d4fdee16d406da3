import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { SimulatedServer, type SimulatedServerOptions } from '../../bench/simulated-server/server.ts';
import type { Comparison } from '../../src/app/compare.ts';
import type { RunRecord } from '../../src/core/run.ts';
import type { RunMetrics } from '../../src/engine/questions/metrics.ts';
import type { Observation } from '../../src/core/observation.ts';
import { driver as workflow } from '../../src/workflows/driver/workflow.ts';
import { hasEmbeddedEngine, hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const skip = hasFfmpeg ? false : 'ffmpeg is not here';
const { questions } = workflow;
const noEngine = hasEmbeddedEngine ? false : '@fugood/llama.node is not installed';
const video = hasFfmpeg ? makeMovingVideo(folder.path, 16) : '';
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const inFolder = (name: string) => join(folder.path, name);

const startProgram = (...flags: string[]) =>
  spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });

async function framesift(...flags: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = startProgram(...flags);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

const startServer = (options: SimulatedServerOptions = {}) => SimulatedServer.start({ slots: 2, ...options });
const driver = (server: SimulatedServer, run: string, ...flags: string[]) => [
  'driver',
  video,
  '--no-measure',
  '--model',
  server.openAiSpec,
  '--output',
  inFolder(run),
  '--plan=lanes',
  '--threads=1',
  ...(flags.some((flag) => /^--(no-cache|cache-folder)/.test(flag))
    ? []
    : [`--cache-folder=${inFolder(`cache-of-${run}`)}`]),
  ...flags,
];
const ask = (server: SimulatedServer, run: string, ...flags: string[]) =>
  driver(server, run, ...flags)
    .filter((flag) => flag !== '--no-measure')
    .with(0, 'ask');
const linesOf = (run: string, file: string) =>
  readFileSync(join(inFolder(run), file), 'utf8')
    .trim()
    .split('\n');
const json = (run: string, file: string): unknown => JSON.parse(readFileSync(join(inFolder(run), file), 'utf8'));
/** All that an answer says, without how long it took. */
const answersOf = (run: string) => {
  const lines = linesOf(run, 'observations.jsonl').map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.map(({ id, answer, reason, confidence, basedOn, frames }) => ({
    id,
    answer,
    reason,
    confidence,
    basedOn,
    frames,
  }));
};

test('driver writes its run folder: observations, events, frames, record, report, table, trace', { skip }, async () => {
  // Slow enough that windows are there before they are asked about, also on a busy machine.
  await using server = await startServer({ speed: 25 });
  const { code, out, err } = await framesift(
    ...driver(server, 'whole', '--no-adaptive', '--trace', inFolder('trace.json')),
  );
  assert.equal(code, 0, err);
  assert.match(out, /✓ 40 answers, \d+ events? in [^]*Asked about 8 of 8 windows/);
  assert.equal(linesOf('whole', 'observations.jsonl').length, 40);
  assert.equal(readdirSync(join(inFolder('whole'), 'windows')).length, 32);
  const record = json('whole', 'run.json') as RunRecord & { readonly metrics: RunMetrics };
  assert.equal(record.state, 'finished');
  assert.equal(record.metrics.questions['face_state']?.asked, 8);
  assert.ok((record.metrics.questions['attention']?.tokensReused ?? 0) > 8 * 560);
  assert.equal(linesOf('whole', 'observations.csv').length, 41);
  const report = readFileSync(join(inFolder('whole'), 'report.html'), 'utf8');
  assert.equal(report.match(/<rect class="(?:alarm|warning|info|calm|unseen)\d*"[^>]*data-window/g)?.length, 40);
  const trace = JSON.parse(readFileSync(inFolder('trace.json'), 'utf8')) as { cat?: string; ts: number; dur: number }[];
  const asking = trace.filter(({ cat }) => cat === 'ask');
  assert.equal(asking.length, 40);
  const overlapping = asking.some((a) => asking.some((b) => a !== b && a.ts < b.ts + b.dur && b.ts < a.ts + a.dur));
  assert.ok(overlapping, 'two lanes were in use at once');

  const again = await framesift(...driver(server, 'whole', '--no-adaptive'));
  assert.match(again.out, /Already done/);
  assert.equal(server.answered.length, 40);
});

test(
  'kill -9 at any moments, run again: nothing that was answered is asked twice, the same result',
  { skip },
  async (t) => {
    await using calm = await startServer();
    await framesift(...driver(calm, 'undisturbed', '--no-adaptive', '--no-cache'));
    await using server = await startServer({ speed: 25 });
    const flags = driver(server, 'killed', '--no-adaptive', '--no-cache');
    const keptNow = () =>
      readFileSync(join(inFolder('killed'), 'observations.jsonl'), 'utf8')
        .split('\n')
        .slice(0, -1).length;
    let kept = 0;
    for (let kill = 0; kill < 3; kill += 1) {
      const answeredBefore = new Set(server.answered.map(({ identity }) => identity));
      const servedBefore = server.served.length;
      const child = startProgram(...flags);
      const exit = once(child, 'exit');
      const enough = server.answered.length + 1 + Math.floor(Math.random() * 8);
      while (server.answered.length < enough) await sleep(2);
      await sleep(Math.random() * 60);
      child.kill('SIGKILL');
      await exit;
      // What the killed process had sent is still being answered to nobody.
      while (server.slots.busy > 0) await sleep(5);
      const again = server.served.slice(servedBefore).filter(({ identity }) => answeredBefore.has(identity)).length;
      // Answered by the server and received by nobody: at most one a slot, and what was being written to the disk.
      const lost = answeredBefore.size - kept;
      assert.ok(lost <= 2 * 2, `${lost} answers were lost by one kill`);
      assert.ok(again <= lost, `${again} answers were asked again, ${lost} were lost`);
      const { length } = server.answered;
      kept = keptNow();
      t.diagnostic(`killed after ${length} answers, ${kept} kept`);
    }
    const before = server.served.length;
    const { code, err } = await framesift(...flags);
    assert.equal(code, 0, err);
    assert.match(err, /Continuing an earlier run/);
    assert.equal(server.served.length - before, 40 - kept, 'what was kept was not asked again');
    assert.deepEqual(answersOf('killed'), answersOf('undisturbed'));
    assert.deepEqual(json('killed', 'events.json'), json('undisturbed', 'events.json'));
    const decided = (run: string) => linesOf(run, 'ledger.jsonl').map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(decided('killed'), decided('undisturbed'));
  },
);

test('two processes share the answer cache: the second asks nothing', { skip }, async () => {
  await using server = await startServer();
  const cache = ['--cache-folder', inFolder('shared-cache'), '--no-adaptive'];
  await framesift(...driver(server, 'first', ...cache));
  const { out } = await framesift(...driver(server, 'second', ...cache));
  assert.equal(server.answered.length, 40);
  assert.match(out, /face_state +0 +8 /);
  assert.deepEqual(answersOf('second'), answersOf('first'));
});

test('a server that dies in the middle pauses the run, which ends whole', { skip }, async () => {
  await using server = await startServer({ speed: 20 });
  const child = startProgram(...driver(server, 'paused', '--no-adaptive', '--no-cache'));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const exit = once(child, 'exit');
  while (server.answered.length < 8) await sleep(5);
  const { port } = server;
  await server.stop();
  while (!err.includes('Paused:')) await sleep(5);
  await server.listen(port);
  assert.deepEqual((await exit)[0], 0, err);
  assert.match(err, /Resumed: .* is back/);
  const answered = server.answered.map(({ identity }) => identity);
  assert.equal(new Set(answered).size, 40);
  assert.equal(answered.length, 40, 'nothing was answered twice');
});

test('Ctrl-C leaves a run that says how to go on', { skip }, async () => {
  await using server = await startServer({ speed: 20 });
  const child = startProgram(...driver(server, 'stopped', '--no-adaptive'));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const exit = once(child, 'exit');
  while (server.answered.length < 3) await sleep(5);
  child.kill('SIGINT');
  assert.deepEqual((await exit)[0], 130, err);
  assert.match(err, /Run the same command again to continue/);
  assert.equal((json('stopped', 'run.json') as RunRecord).state, 'interrupted');
  while (server.slots.busy > 0) await sleep(5);
});

test('compare says how far a run with combined prompts agrees with one without', { skip }, async () => {
  await using server = await startServer();
  await framesift(...driver(server, 'separate', '--no-adaptive'));
  await framesift(...driver(server, 'together', '--no-adaptive', '--plan', 'combined'));
  const same = JSON.parse(
    (await framesift('compare', inFolder('separate'), inFolder('separate'), '--json')).out,
  ) as Comparison;
  assert.ok(same.fields.length > 10 && same.fields.every(({ agreement }) => agreement === 1));
  assert.equal(same.events.onlyFirst + same.events.onlySecond, 0);
  const { out } = await framesift('compare', inFolder('separate'), inFolder('together'));
  assert.match(out, /model calls +40 +8/);
  assert.match(out, /face_state\.state +8 +\d+ % +-?\d\.\d\d/);
  const wrong = await framesift('compare', inFolder('separate'), folder.path);
  assert.equal(wrong.code, 3);
  assert.match(wrong.err, /holds no run of questions/);
});

test("a user's own questions run on any video", { skip }, async () => {
  await using server = await startServer();
  const shop = fileURLToPath(new URL('../../examples/shop-counter.yaml', import.meta.url));
  const { code, out, err } = await framesift(...ask(server, 'shop', '--workflow', shop, '--no-adaptive'));
  assert.equal(code, 0, err);
  assert.match(out, /✓ 12 answers[^]*Asked about 4 of 4 windows/);
  assert.ok(
    server.served.some(({ prompt }) => /^The queue was judged (EMPTY|SHORT|LONG) with \d+ people/.test(prompt)),
  );
});

test('an embedded model answers the driver’s questions without any server', { skip: skip || noEngine }, async () => {
  const model = (name: string) => fileURLToPath(new URL(`../fixtures/tiny-vlm/${name}`, import.meta.url));
  const spec = `gguf:${model('tiny-text.gguf')}+${model('tiny-mmproj.gguf')}`;
  const { code, err } = await framesift(
    'driver',
    video,
    `--model=${spec}`,
    `--output=${inFolder('embedded')}`,
    '--until=4',
    '--plan=lanes',
    '--no-cache',
    '--num-ctx=4096',
  );
  assert.equal(code, 0, err);
  const observations = linesOf('embedded', 'observations.jsonl').map((line) => JSON.parse(line) as Observation);
  assert.equal(observations.length, 10);
  const answered = observations.filter((one) => one.state === 'answered');
  // Its weights are random: an answer may be cut off. What is kept fits its schema.
  assert.ok(answered.length >= 5, `${answered.length} of 10`);
  for (const { question, answer } of answered) {
    const asked = questions.find(({ id }) => id === question);
    assert.ok(asked?.answer.safeParse(answer).success, JSON.stringify(answer));
  }
});

test('bad input is one clear line before a frame is decoded', { skip }, async () => {
  await using server = await startServer();
  await using web = await startServer({ html: true });
  await using small = await startServer({ contextTokens: 256 });
  mkdirSync(inFolder('yaml'), { recursive: true });
  const yaml = inFolder('yaml/wrong.yaml');
  writeFileSync(
    yaml,
    'id: x\nsystem: s\nsample: { every: 2, window: 2 }\nquestions:\n  a: { ask: b?, needs: [c], answer: { d: yes_no } }\n',
  );
  const cases: [flags: string[], code: number, line: RegExp][] = [
    [['--model', 'ollama/llava:7b@http://127.0.0.1:9'], 7, /No Ollama server answers at .* ollama serve/],
    [['--model', `ollama/none@${server.url}`], 7, /ollama pull none/],
    [['--model', `ollama/llava:7b@${web.url}`], 7, /not as Ollama does/],
    [['--model', small.openAiSpec], 7, /its context holds 256/],
    [['--model', 'llava'], 2, /not a model that can be asked/],
    [['--model', server.openAiSpec, '--workflow', yaml], 2, /wrong\.yaml:5: .*no question is named c/],
    [['--model', server.openAiSpec, '--window', '9'], 2, /--window: must be 2–8/],
    [['--model', server.openAiSpec, '--until', '0'], 2, /--until must be later/],
    [['--model', server.openAiSpec, '-o', folder.path], 5, /is not empty and holds no run/],
  ];
  for (const [flags, code, line] of cases) {
    const ran = await framesift('driver', video, '-o', inFolder('bad'), ...flags);
    assert.equal(ran.code, code, ran.err);
    assert.match(ran.err, line);
    assert.equal(ran.err.trim().split('\n').length, 1, ran.err);
  }
  assert.equal(server.served.length, 0, 'nothing was asked');
  assert.ok(!existsSync(join(inFolder('bad'), 'observations.jsonl')) || linesOf('bad', 'observations.jsonl')[0] === '');
});
