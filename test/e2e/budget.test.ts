import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { framesift, startFramesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const skip = hasFfmpeg ? false : 'ffmpeg is not here';
const video = hasFfmpeg ? makeMovingVideo(folder.path, 16) : '';
const inFolder = (name: string) => join(folder.path, name);
const ask = (server: SimulatedServer, run: string, ...flags: string[]) => [
  'driver',
  video,
  '--no-measure',
  '--model',
  server.openAiSpec,
  '--output',
  inFolder(run),
  '--plan=lanes',
  '--no-adaptive',
  '--no-cache',
  '--threads=1',
  ...flags,
];
const record = (run: string) => JSON.parse(readFileSync(join(inFolder(run), 'run.json'), 'utf8')) as RunRecord;
const tokensOf = (server: SimulatedServer) =>
  server.served.reduce((sum, { tokensIn, tokensOut }) => sum + tokensIn + tokensOut, 0);
/** More than any one answer takes here, prompt and all. */
const oneAnswer = 800;
const slots = 2;

test(
  'a budget of tokens ends the asking, is kept across calls, and a larger one asks just the rest',
  { skip },
  async () => {
    await using server = await SimulatedServer.start({ slots });
    const first = await framesift(...ask(server, 'run', '--max-tokens-total=9000', '--price=1,2'));
    assert.equal(first.code, 10, first.err);
    assert.match(
      first.out,
      /^! \d+ of 40 answers.*questions not asked, as the budget is spent.* with a larger budget/m,
    );
    assert.match(first.out, /tokens in, .* out, 0\.\d+ by the price given/);
    const spent = tokensOf(server);
    assert.ok(spent >= 9000 && spent <= 9000 + slots * oneAnswer, `${spent}`);
    const { cost, counts, state } = record('run');
    assert.equal(state, 'incomplete');
    assert.equal(cost.tokensIn + cost.tokensOut, spent);
    assert.equal(cost.money, (cost.tokensIn + 2 * cost.tokensOut) / 1e6);
    assert.equal(counts['overBudget'], counts['failed']);

    const requests = server.served.length;
    const again = await framesift(...ask(server, 'run', '--max-tokens-total=9000'));
    assert.equal(again.code, 10, again.err);
    assert.equal(server.served.length, requests, 'nothing more is asked');

    const whole = await framesift(...ask(server, 'run', '--max-tokens-total=90000'));
    assert.equal(whole.code, 0, whole.err);
    assert.match(whole.out, /✓ 40 answers/);
    assert.equal(new Set(server.answered.map(({ identity }) => identity)).size, 40);
    assert.equal(server.answered.length, 40, 'no question is paid for twice');
  },
);

test('what a run that was killed had spent counts for the next one', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots, speed: 20 });
  const flags = ['--max-cost=0.009', '--price=1,1'];
  const { child, said } = startFramesift(...ask(server, 'killed', ...flags));
  while (server.answered.length < 6) await sleep(5);
  child.kill('SIGKILL');
  await said;
  const { code, err } = await framesift(...ask(server, 'killed', ...flags));
  assert.equal(code, 10, err);
  const spent = tokensOf(server);
  // Those in flight when it was killed, and those when the budget was spent.
  assert.ok(spent <= 9000 + 2 * slots * oneAnswer, `${spent}`);
});

test('a batch divides its budget among its videos', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots });
  const other = inFolder('other.mp4');
  writeFileSync(other, readFileSync(video));
  const args = ask(server, 'batch', '--max-tokens-total=12000').toSpliced(1, 1, video, other);
  const { code, out, err } = await framesift(...args, '--price=1,1');
  assert.equal(code, 10, err);
  assert.match(out, /^! 2 of 2 videos.*; 2 incomplete; .* by the price given/m);
  const spent = tokensOf(server);
  assert.ok(spent >= 12_000 && spent <= 12_000 + 2 * slots * oneAnswer, `${spent}`);
});

test('a price is two numbers or a table; what is neither is one line', { skip }, async () => {
  await using server = await SimulatedServer.start();
  const table = inFolder('prices.yaml');
  writeFileSync(table, 'openai/llava:7b: 3,4\nother: 1,1\n');
  const run = await framesift(...ask(server, 'table', `--price=${table}`, '--until=2'));
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(record('table').cost.price, { in: 3, out: 4 });
  for (const [flags, says] of [
    [['--price=cheap'], /--price: .*cheap is neither a price nor a file/],
    [['--max-cost=1'], /--max-cost has no effect here: it needs --price/],
  ] as const) {
    const wrong = await framesift(...ask(server, 'wrong', ...flags));
    assert.ok(wrong.code === 2 || wrong.code === 3, wrong.err);
    assert.match(wrong.err, says);
    assert.equal(wrong.err.trim().split('\n').length, 1, wrong.err);
  }
});
