import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BatchRecord } from '../../src/core/batch.ts';
import { framesift, startFramesift } from '../fixtures/command.ts';
import { childrenOf, hasProc, until } from '../fixtures/processes.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const batchOf = (out: string, file = 'batch.json'): BatchRecord =>
  JSON.parse(readFileSync(at(out, file), 'utf8')) as BatchRecord;
const statesOf = (out: string): Record<string, string> =>
  Object.fromEntries(batchOf(out).jobs.map(({ folder: name, state }) => [name, state]));

/** All that a run found, as text, for comparing two runs; the video's name aside. */
const resultsOf = (...run: string[]): string =>
  ['slides.json', 'shown.json', 'ledger.jsonl']
    .map((name) => readFileSync(at(...run, name), 'utf8'))
    .join('\n')
    .replace(/"video": ".*"/, '') +
  readdirSync(at(...run, 'slides'))
    .sort()
    .map((name) => `${name} ${readFileSync(at(...run, 'slides', name)).toString('base64')}`)
    .join('\n');

/** Without text but for a few: what is tested is how videos are worked through. */
const quick = ['--no-text', '--until', '20'];
/** Long enough to be met in the middle. */
const read = ['--until', '30'];

before(async () => {
  const talk = await sampleTalk();
  mkdirSync(at('talks/more'), { recursive: true });
  copyFileSync(talk.path, at('talks/one.mp4'));
  copyFileSync(talk.path, at('talks/more/two.mp4'));
  writeFileSync(at('talks/broken.mp4'), 'hello');
});

describe('a batch', () => {
  test('does every video it can, tells of the one it cannot, and goes on with that alone', async () => {
    const said = await framesift('slides', at('talks'), '-o', at('out'), ...quick);
    assert.equal(said.code, 9);
    assert.match(said.err, /✗ broken\.mp4: is a text file, not a video/);
    assert.match(said.err, /Error: 1 of 3 videos were not finished/);
    assert.match(said.out, /broken\.mp4 +failed[^]*one\.mp4 +finished[^]*2 of 3 videos/);
    assert.deepEqual(statesOf('out'), {
      'broken.framesift': 'failed',
      'more/two.framesift': 'finished',
      'one.framesift': 'finished',
    });
    const alone = await framesift('slides', at('talks/one.mp4'), '-o', at('alone'), ...quick);
    assert.equal(alone.code, 0, alone.err);
    assert.equal(resultsOf('out', 'one.framesift'), resultsOf('alone'));
    assert.equal(resultsOf('out', 'more/two.framesift'), resultsOf('alone'));

    const status = await framesift('status', at('out'));
    assert.match(status.out, /of 3 videos 1 failed, 2 finished[^]*framesift resume/);
    const written = statSync(at('out/one.framesift/slides.json')).mtimeMs;
    copyFileSync(at('talks/one.mp4'), at('talks/broken.mp4'));
    const resumed = await framesift('resume', at('out'));
    assert.equal(resumed.code, 0, resumed.err);
    assert.match(resumed.out, /broken\.mp4 +finished[^]*one\.mp4 +done before/);
    assert.equal(resultsOf('out', 'broken.framesift'), resultsOf('alone'));
    assert.equal(statSync(at('out/one.framesift/slides.json')).mtimeMs, written);
  });

  test('shards deal the videos out and keep their own lists', async () => {
    for (const part of ['1/2', '2/2']) {
      const said = await framesift('slides', at('talks'), '-o', at('shards'), '--shard', part, '--jobs', '1', ...quick);
      assert.equal(said.code, 0, said.err);
    }
    const names = ['batch.1-of-2.json', 'batch.2-of-2.json'].map((file) =>
      batchOf('shards', file).jobs.map((job) => job.folder),
    );
    assert.deepEqual(names.flat().toSorted(), ['broken.framesift', 'more/two.framesift', 'one.framesift']);
    assert.ok(names.every((list) => list.length < 3));
    assert.match((await framesift('status', at('shards'))).out, /batch\.2-of-2\.json: finished/);
  });

  test('wrong options are told of once, before anything begins', async () => {
    for (const [args, code, message] of [
      [['--every', '0'], 2, /--every: must be at least/],
      [['--shard', '3/2'], 2, /--shard: 3\/2 is not a part of a whole/],
      [['--memory', 'much'], 2, /--memory: much is not an amount/],
      [['--jobs', '0'], 2, /whole number from 1/],
    ] as const) {
      const said = await framesift('slides', at('talks'), '-o', at('never'), ...args);
      assert.equal(said.code, code, said.err);
      assert.match(said.err, message);
      assert.equal(said.err.trim().split('\n').length, 1);
    }
    assert.ok(!existsSync(at('never')));
    const nothing = await framesift('resume', at('talks'));
    assert.equal(nothing.code, 3);
    assert.match(nothing.err, /holds neither a batch nor a run/);
  });
});

describe('a batch that is stopped', { skip: !hasProc && 'no /proc here' }, () => {
  const running = (out: string, name = 'one'): boolean => existsSync(at(out, `${name}.framesift/run.json`));

  test('by Ctrl-C leaves runs in order, which are continued', async () => {
    // One at a time and met in the first, so that the batch still goes on when the second command has started.
    const { child, said } = startFramesift('slides', at('talks'), '-o', at('stopped'), '--jobs', '1', ...read);
    await until(() => running('stopped', 'broken'), 'a video was begun');
    const second = await framesift('slides', at('talks'), '-o', at('stopped'));
    assert.equal(second.code, 5);
    assert.match(second.err, new RegExp(`holds this folder \\(process ${child.pid}`));
    child.kill('SIGINT');
    assert.equal((await said).code, 130);
    assert.equal(batchOf('stopped').state, 'interrupted');
    assert.ok(Object.values(statesOf('stopped')).includes('interrupted'));
    assert.ok(!existsSync(at('stopped/batch.lock')));
    const again = await framesift('resume', at('stopped'), '--quiet');
    assert.equal(again.code, 0, again.err);
    assert.equal(again.out, '');
    assert.deepEqual(new Set(Object.values(statesOf('stopped'))), new Set(['finished']));
  });

  test('by kill −9 takes its processes along, and is continued to the same results', async () => {
    const { child, said } = startFramesift('slides', at('talks'), '-o', at('killed'), ...read);
    await until(() => existsSync(at('killed/one.framesift/memory')), 'a text was read');
    const hosts = childrenOf(child.pid);
    assert.ok(hosts.length >= 1);
    child.kill('SIGKILL');
    await said;
    assert.match((await framesift('status', at('killed'))).out, /one\.mp4 +interrupted/);
    await until(() => hosts.every((pid) => !existsSync(`/proc/${pid}/fd/0`)), 'the processes had ended');
    const again = await framesift('resume', at('killed'));
    assert.equal(again.code, 0, again.err);
    for (const name of ['one', 'more/two', 'broken']) {
      assert.equal(resultsOf('killed', `${name}.framesift`), resultsOf('stopped', 'one.framesift'), name);
    }
  });

  test('a process that dies costs its video one more try', async () => {
    const { child, said } = startFramesift('slides', at('talks'), '-o', at('crashed'), '--jobs', '1', ...quick);
    await until(() => running('crashed') || existsSync(at('crashed/broken.framesift/run.json')), 'a video was begun');
    for (const pid of childrenOf(child.pid)) process.kill(pid, 'SIGKILL');
    const { code, err } = await said;
    assert.equal(code, 0, err);
  });
});
