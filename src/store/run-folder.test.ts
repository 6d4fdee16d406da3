import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { FramesiftError } from '../core/errors.ts';
import type { Decision, RunRecord } from '../core/run.ts';
import { readRecord, RunFolder } from './run-folder.ts';
import { isHeld, lockRun } from './run-lock.ts';
import { SlidesFolder } from './slides-folder.ts';
import { identifySource } from './source-identity.ts';
import { makeFolder, writeWhole } from './write-file.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const refused = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof FramesiftError && error.code === 'output', String(error));
  assert.match(error.message, says);
  return true;
};
const source = (name: string): RunRecord['source'] => ({
  path: at(name),
  name,
  bytes: 1,
  modified: '2026-01-01T00:00:00.000Z',
  identity: name,
});
const owner = (name: string, workflow = 'slides') => ({ source: source(name), workflow });
const cost = { modelCalls: 0, tokensIn: 0, tokensOut: 0, cpuMs: 0, peakMemoryMb: 0 };
const record = (name: string): RunRecord => ({
  formatVersion: 2,
  framesift: '0.1.0',
  workflow: { id: 'slides', version: 1, definition: {} },
  state: 'interrupted',
  source: source(name),
  video: {} as RunRecord['video'],
  options: {},
  stages: [],
  models: [],
  started: '2026-01-01T00:00:00.000Z',
  timings: [],
  counts: {},
  figures: {},
  cost,
  warnings: [],
});

describe('a file is whole or absent', () => {
  test('text, bytes and streams', async () => {
    async function* parts() {
      yield 'one ';
      yield 'two';
    }
    await writeWhole(at('a'), 'text');
    await writeWhole(at('b'), new Uint8Array([1, 2]));
    await writeWhole(at('c'), parts());
    assert.deepEqual([readFileSync(at('a'), 'utf8'), readFileSync(at('b')).length], ['text', 2]);
    assert.equal(readFileSync(at('c'), 'utf8'), 'one two');
  });

  test('a source that fails half way leaves the old file and no rest', async () => {
    await writeWhole(at('kept'), 'old');
    async function* failing() {
      yield 'new';
      throw new Error('the source failed');
    }
    await assert.rejects(writeWhole(at('kept'), failing()), /the source failed/);
    assert.equal(readFileSync(at('kept'), 'utf8'), 'old');
    assert.ok(!readdirSync(folder.path).some((name) => name.endsWith('.part')));
  });

  test('folders are made with those above, and said which was the first', async () => {
    assert.equal(await makeFolder(at('x', 'y', 'z')), at('x'));
    assert.equal(await makeFolder(at('x', 'y', 'z')), undefined);
    writeFileSync(at('blocked'), '');
    await assert.rejects(makeFolder(at('blocked')), refused(/something else is in the way/));
    await assert.rejects(makeFolder(at('blocked', 'below')), refused(/something else is in the way/));
    if (existsSync('/proc/self')) await assert.rejects(makeFolder('/proc/no/such'), refused(/^\/proc\/no\/such: /));
  });
});

describe('a lock', () => {
  const path = at('run.lock');

  test('is refused to a second holder, in this process too, naming the first', async () => {
    const first = await lockRun(path);
    await assert.rejects(lockRun(path), refused(new RegExp(`process ${process.pid} on ${hostname()}`)));
    await first[Symbol.asyncDispose]();
    assert.ok(!existsSync(path));
    await (await lockRun(path))[Symbol.asyncDispose]();
  });

  const token = 'x';
  const lock = (pid: number, host: string, more = {}) =>
    writeFileSync(path, JSON.stringify({ pid, host, since: 'noon', token, ...more }));
  const age = (seconds: number) => utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
  const isTaken = async (): Promise<void> => (await lockRun(path))[Symbol.asyncDispose]();

  test('of another living process is respected; of a dead one, or of nobody, taken over', async () => {
    lock(1, hostname());
    await assert.rejects(lockRun(path), refused(/process 1 on .* since noon/));
    lock(2 ** 22 + 1, hostname());
    await isTaken();
    for (const text of ['{"pid":', '[]', 'null', '{"pid":0,"host":"x","since":"y"}', '{"pid":-1}', 'x'.repeat(9)]) {
      writeFileSync(path, text);
      age(5);
      await isTaken();
    }
  });

  test('of a machine that has not renewed it for a minute ends; one that was renewed is respected', async () => {
    lock(2 ** 22 + 1, 'elsewhere');
    await assert.rejects(lockRun(path), refused(/on elsewhere/));
    assert.equal(await isHeld(path), true);
    age(61);
    assert.equal(await isHeld(path), false);
    await isTaken();
  });

  test(
    'of a number that was given to another process since is taken over',
    { skip: !existsSync('/proc/1/stat') },
    async () => {
      lock(process.ppid, hostname(), { began: '1' });
      await isTaken();
    },
  );

  test('is renewed while it is held', async () => {
    await using _ = await lockRun(path, { beatMs: 5 });
    age(100);
    for (let tries = 0; Date.now() - statSync(path).mtimeMs > 50_000; tries += 1) {
      assert.ok(tries < 500, 'it was not renewed');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  test('that died is taken over by one of those who come, however many', async () => {
    for (let round = 0; round < 10; round += 1) {
      lock(2 ** 22 + 1, hostname());
      const came = await Promise.allSettled(Array.from({ length: 4 }, () => lockRun(path)));
      const winners = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      assert.equal(winners.length, 1, `${winners.length} hold it`);
      await winners[0]![Symbol.asyncDispose]();
    }
  });

  test('that is a folder is told of in one line', async () => {
    mkdirSync(at('odd', 'run.lock'), { recursive: true });
    await assert.rejects(lockRun(at('odd', 'run.lock')), refused(/is a folder where the lock of a run belongs/));
  });
});

describe('a run folder', () => {
  test('belongs to one video', async () => {
    await using first = await RunFolder.open(at('one'), owner('first.mp4'));
    await first.writeRecord(record('first.mp4'));
    await assert.rejects(RunFolder.open(at('one'), owner('second.mp4')), refused(/another video \(first\.mp4\)/));
    await assert.rejects(RunFolder.open(at('one'), owner('first.mp4')), refused(/another run holds this folder/));
  });

  test('belongs to one workflow', async () => {
    {
      await using run = await RunFolder.open(at('slides'), owner('v'));
      await run.writeRecord(record('v'));
    }
    await assert.rejects(
      RunFolder.open(at('slides'), owner('v', 'driver')),
      refused(/holds the results of another workflow \(slides\), not of driver\. Choose another folder with -o\.$/),
    );
  });

  test('of another form is refused, and replaced on demand; a damaged record is none', async () => {
    mkdirSync(at('old'));
    const old = { framesift: '0.0.9', workflow: 'slides', state: 'finished', source: source('v'), options: {} };
    writeFileSync(at('old', 'run.json'), JSON.stringify(old));
    await assert.rejects(
      RunFolder.open(at('old'), owner('v')),
      refused(/framesift 0\.0\.9 wrote in another form.*--force/),
    );
    await assert.rejects(readRecord(at('old')), { code: 'input', message: /in another form. Run its command again/ });
    {
      await using run = await RunFolder.open(at('old'), owner('v'), { replace: true });
      assert.equal(run.earlier, undefined);
    }
    for (const text of ['{bad', 'null', '[]', JSON.stringify({ ...record('v'), counts: 'many' }), '\0\0']) {
      writeFileSync(at('old', 'run.json'), text);
      await using run = await RunFolder.open(at('old'), owner('v'));
      assert.equal(run.earlier, undefined, text);
    }
  });

  test('loses what a run wrote, and nothing that others put beside it', async () => {
    await using run = await RunFolder.open(at('mixed'), owner('v'));
    await using slides = new SlidesFolder(run);
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere', '0001.jpg'), '');
    await slides.writePicture(0, new Uint8Array([1]));
    await slides.placeImage(0, 1);
    writeFileSync(at('mixed', 'slides', 'notes.txt'), 'mine');
    await slides.removeStrayImages(new Set(), 1);
    await run.remove(['slides', 'states']);
    assert.deepEqual(readdirSync(at('mixed', 'slides')), ['notes.txt']);
    symlinkSync(at('elsewhere'), at('mixed', 'windows'));
    await run.remove(['windows']);
    assert.deepEqual([existsSync(at('mixed', 'windows')), readdirSync(at('elsewhere'))], [false, ['0001.jpg']]);
  });

  test('is not made of a folder with other files, but of an empty one and of one left by a crash', async () => {
    mkdirSync(at('photos'));
    writeFileSync(at('photos', 'cat.jpg'), '');
    await assert.rejects(RunFolder.open(at('photos'), owner('v')), refused(/holds no run of framesift/));
    assert.deepEqual(readdirSync(at('photos')), ['cat.jpg']);
    mkdirSync(at('crashed', 'slides'), { recursive: true });
    writeFileSync(at('crashed', 'ledger.jsonl.part'), '{"ti');
    await using opened = await RunFolder.open(at('crashed'), owner('v'));
    assert.equal(opened.earlier, undefined);
  });

  test('knows the run before, and what it had found out', async () => {
    {
      await using run = await RunFolder.open(at('two'), owner('v'));
      await run.writeRecord(record('v'));
      await new SlidesFolder(run).remember('text at 3 s', { text: 'Größe' });
    }
    await using run = await RunFolder.open(at('two'), owner('v'));
    assert.equal(run.earlier?.state, 'interrupted');
    await using slides = new SlidesFolder(run);
    assert.deepEqual(await slides.recall('text at 3 s'), { text: 'Größe' });
    assert.equal(await slides.recall('text at 4 s'), undefined);
    for (const name of readdirSync(at('two', 'memory'))) writeFileSync(at('two', 'memory', name), '{"text": "Gr');
    assert.equal(await slides.recall('text at 3 s'), undefined);
  });

  test('removes stray images and keeps owned ones', async () => {
    await using run = await RunFolder.open(at('three'), owner('v'));
    await using slides = new SlidesFolder(run);
    for (const state of [0, 1, 2]) await slides.writePicture(state, new Uint8Array([state]));
    await slides.placeImage(2, 9);
    writeFileSync(at('three', 'slides', '0009.json'), '{}');
    assert.equal(await slides.placeImage(0, 1), 'slides/0001.jpg');
    assert.equal(await slides.placeImage(1, 1), 'slides/0001.jpg');
    assert.deepEqual([...readFileSync(at('three', 'slides', '0001.jpg'))], [1]);
    assert.deepEqual([...readFileSync(at('three', 'states', '0000.jpg'))], [0]);
    await assert.rejects(slides.placeImage(7, 1), refused(/cannot be written \(ENOENT\)/));
    writeFileSync(at('three', 'slides', '0001.json'), '{}');
    await slides.removeStrayImages(new Set(['slides/0001.jpg']), 2);
    assert.deepEqual(readdirSync(at('three', 'states')).sort(), ['0000.jpg', '0001.jpg']);
    assert.deepEqual(readdirSync(at('three', 'slides')).sort(), ['0001.jpg', '0001.json']);
  });

  test('the ledger takes its name when it is whole', async () => {
    const decision = { time: 1, kept: false, rule: 'unchanged' } as Decision;
    await using run = await RunFolder.open(at('four'), owner('v'));
    await using slides = new SlidesFolder(run);
    await slides.log(Array.from({ length: 5000 }, () => decision));
    assert.ok(!existsSync(at('four', 'ledger.jsonl')));
    await slides.log([decision]);
    await slides.closeLedger();
    const lines = readFileSync(at('four', 'ledger.jsonl'), 'utf8').trim().split('\n');
    assert.equal(lines.length, 5001);
    assert.deepEqual(JSON.parse(lines.at(-1)!), decision);
  });

  test('leaves nothing where nothing came of it, and what was there before where something was', async () => {
    {
      await using run = await RunFolder.open(at('new', 'deep'), owner('v'));
      await new SlidesFolder(run).writePicture(1, new Uint8Array([1]));
      run.leaveNothing();
    }
    assert.ok(!existsSync(at('new')));
    {
      await using run = await RunFolder.open(at('two'), owner('v'));
      run.leaveNothing();
    }
    assert.ok(existsSync(at('two', 'run.json')));
  });
});

test('a source is known by what is in it, not by its name or times', async () => {
  const bytes = Buffer.alloc(3 * 2 ** 20, 7);
  writeFileSync(at('v1.mp4'), bytes);
  writeFileSync(at('v2.mp4'), bytes);
  utimesSync(at('v2.mp4'), 1, 1);
  const [one, two] = [await identifySource(at('v1.mp4')), await identifySource(at('v2.mp4'))];
  assert.equal(one.identity, two.identity);
  assert.deepEqual([one.name, one.bytes], ['v1.mp4', statSync(at('v1.mp4')).size]);
  for (const place of [10, bytes.length - 10]) {
    const changed = Buffer.from(bytes);
    changed[place] = 8;
    writeFileSync(at('v2.mp4'), changed);
    assert.notEqual((await identifySource(at('v2.mp4'))).identity, one.identity);
  }
  writeFileSync(at('v2.mp4'), bytes.subarray(1));
  assert.notEqual((await identifySource(at('v2.mp4'))).identity, one.identity);
});
