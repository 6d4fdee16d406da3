import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { FramesiftError } from '../core/errors.ts';
import type { Decision, RunRecord } from '../core/run.ts';
import { RunFolder } from './run-folder.ts';
import { lockRun } from './run-lock.ts';
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
const record = (name: string) => ({ source: source(name), state: 'interrupted' }) as RunRecord;

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

  test('of another living process is respected; of a dead one, or of nobody, taken over', async () => {
    const lock = (pid: number, host: string) => writeFileSync(path, JSON.stringify({ pid, host, since: 'noon' }));
    lock(1, hostname());
    await assert.rejects(lockRun(path), refused(/process 1 on .* since noon/));
    lock(2 ** 22 + 1, 'elsewhere');
    await assert.rejects(lockRun(path), refused(/on elsewhere/));
    lock(2 ** 22 + 1, hostname());
    await (await lockRun(path))[Symbol.asyncDispose]();
    writeFileSync(path, '{"pid":');
    await (await lockRun(path))[Symbol.asyncDispose]();
  });
});

describe('a run folder', () => {
  test('belongs to one video', async () => {
    await using first = await RunFolder.open(at('one'), source('first.mp4'));
    await first.writeRecord(record('first.mp4'));
    await assert.rejects(RunFolder.open(at('one'), source('second.mp4')), refused(/another video \(first\.mp4\)/));
    await assert.rejects(RunFolder.open(at('one'), source('first.mp4')), refused(/another run holds this folder/));
  });

  test('is not made of a folder with other files, but of an empty one and of one left by a crash', async () => {
    mkdirSync(at('photos'));
    writeFileSync(at('photos', 'cat.jpg'), '');
    await assert.rejects(RunFolder.open(at('photos'), source('v')), refused(/holds no run of framesift/));
    assert.deepEqual(readdirSync(at('photos')), ['cat.jpg']);
    mkdirSync(at('crashed', 'slides'), { recursive: true });
    writeFileSync(at('crashed', 'ledger.jsonl.part'), '{"ti');
    await using opened = await RunFolder.open(at('crashed'), source('v'));
    assert.equal(opened.earlier, undefined);
  });

  test('knows the run before, and what it had found out', async () => {
    {
      await using run = await RunFolder.open(at('two'), source('v'));
      await run.writeRecord(record('v'));
      await run.remember('text at 3 s', { text: 'Größe' });
    }
    await using run = await RunFolder.open(at('two'), source('v'));
    assert.equal(run.earlier?.state, 'interrupted');
    assert.deepEqual(await run.recall('text at 3 s'), { text: 'Größe' });
    assert.equal(await run.recall('text at 4 s'), undefined);
    for (const name of readdirSync(at('two', 'memory'))) writeFileSync(at('two', 'memory', name), '{"text": "Gr');
    assert.equal(await run.recall('text at 3 s'), undefined);
  });

  test('removes stray images and keeps owned ones', async () => {
    await using run = await RunFolder.open(at('three'), source('v'));
    for (const name of ['draft-1.jpg', 'draft-2.jpg', '0009.jpg']) await run.writeImage(name, new Uint8Array([1]));
    writeFileSync(at('three', 'slides', '0009.json'), '{}');
    assert.equal(await run.renameImage('slides/draft-1.jpg', '0001.jpg'), 'slides/0001.jpg');
    await assert.rejects(run.renameImage('slides/draft-1.jpg', '0001.jpg'), refused(/cannot be written \(ENOENT\)/));
    writeFileSync(at('three', 'slides', '0001.json'), '{}');
    await run.removeStrayImages(new Set(['slides/0001.jpg']));
    assert.deepEqual(readdirSync(at('three', 'slides')).sort(), ['0001.jpg', '0001.json']);
  });

  test('the ledger takes its name when it is whole', async () => {
    const decision = { time: 1, kept: false, rule: 'unchanged' } as Decision;
    await using run = await RunFolder.open(at('four'), source('v'));
    await run.log(Array.from({ length: 5000 }, () => decision));
    assert.ok(!existsSync(at('four', 'ledger.jsonl')));
    await run.log([decision]);
    await run.closeLedger();
    const lines = readFileSync(at('four', 'ledger.jsonl'), 'utf8').trim().split('\n');
    assert.equal(lines.length, 5001);
    assert.deepEqual(JSON.parse(lines.at(-1)!), decision);
  });

  test('leaves nothing where nothing came of it, and what was there before where something was', async () => {
    {
      await using run = await RunFolder.open(at('new', 'deep'), source('v'));
      await run.writeImage('draft-1.jpg', new Uint8Array([1]));
      run.leaveNothing();
    }
    assert.ok(!existsSync(at('new')));
    {
      await using run = await RunFolder.open(at('two'), source('v'));
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
