/** What goes wrong around a run: the disk, the clock, a process that falls silent, a cache that was damaged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { FramesiftError } from '../../src/core/errors.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { NodeAvSource } from '../../src/media/node-av/source.ts';
import { framesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { childrenOf, hasProc } from '../fixtures/processes.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const skip = !hasFfmpeg && 'ffmpeg is not here';
const video = skip ? '' : makeMovingVideo(folder.path, 8, '160x120');
const shop = join(import.meta.dirname, '../../examples/shop-counter.yaml');
const recordOf = (...path: string[]): RunRecord =>
  JSON.parse(readFileSync(join(...path, 'run.json'), 'utf8')) as RunRecord;
const asking = (server: SimulatedServer, run: string, ...more: string[]): string[] =>
  `ask ${video} --workflow ${shop} --model ${server.openAiSpec} --plan lanes --no-adaptive --every 2 -q -o ${run}`
    .split(' ')
    .concat(more);

function mounted(disk: string, options: string): boolean {
  mkdirSync(disk, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
}

describe('a disk', { skip }, () => {
  test('that is full at any write ends the run in one line; with room it goes on to the same results', async (t) => {
    await using server = await SimulatedServer.start({ slots: 1, steady: true });
    const answersOf = (run: string): unknown[] =>
      readFileSync(join(run, 'observations.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; answer?: unknown })
        .map(({ id, answer }) => [id, answer]);
    assert.equal((await framesift(...asking(server, at('roomy'), '--no-cache'))).code, 0);
    const disk = at('disk');
    if (!mounted(disk, 'size=4k')) return t.skip('a small disk cannot be mounted here');
    try {
      let refused = 0;
      // Folder, lock, log, record, events, pictures, answers, report: each disk ends at a later write.
      for (const kilobytes of [8, 16, 32, 56, 80]) {
        assert.equal(spawnSync('mount', ['-o', `remount,size=${kilobytes}k`, disk]).status, 0);
        const said = await framesift(...asking(server, join(disk, 'run'), '--no-cache'));
        if (said.code === 0) break;
        refused += 1;
        assert.equal(said.code, 5, said.err);
        assert.match(said.err, /^Error: [^\n]*no room left on the disk[^\n]*\n$/);
        const left = readdirSync(disk, { recursive: true, encoding: 'utf8' });
        assert.ok(!left.some((name) => name.endsWith('.part') || name.endsWith('.lock')), left.join(' '));
      }
      assert.ok(refused > 2, `${refused} disks were too small`);
      assert.equal(spawnSync('mount', ['-o', 'remount,size=20m', disk]).status, 0);
      const whole = await framesift(...asking(server, join(disk, 'run'), '--no-cache'));
      assert.equal(whole.code, 0, whole.err);
      assert.deepEqual(answersOf(join(disk, 'run')), answersOf(at('roomy')));
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  test('that may only be read from is told of before anything is done; what lies there can be read', async (t) => {
    const disk = at('read-only');
    if (!mounted(disk, 'size=20m')) return t.skip('a small disk cannot be mounted here');
    try {
      const { path } = await sampleTalk();
      const flags = ['slides', path, '--no-text', '--until', '20', '-q'];
      assert.equal((await framesift(...flags, '-o', join(disk, 'run'))).code, 0);
      assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
      for (const run of ['run', 'new']) {
        const said = await framesift(...flags, '-o', join(disk, run), '--every', '1');
        assert.equal(said.code, 5, said.err);
        assert.match(said.err, /^Error: [^\n]*no permission to write there[^\n]*\n$/);
      }
      assert.equal((await framesift('status', join(disk, 'run'))).code, 0);
      assert.equal((await framesift('export', join(disk, 'run'), '--to', 'json', '-o', at('out.json'))).code, 0);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

test('a clock that jumps by years ends no wait early, and no run lasts a year', { skip }, async (t) => {
  await using server = await SimulatedServer.start({ slots: 2 });
  process.env['NODE_OPTIONS'] = `--import ${join(import.meta.dirname, '../fixtures/jumping-clock.mjs')}`;
  t.after(() => delete process.env['NODE_OPTIONS']);
  const asked = await framesift(...asking(server, at('jumps'), '--no-cache', '--first-token-seconds', '60'));
  assert.equal(asked.code, 0, asked.err);
  const { started, finished = '', timings } = recordOf(at('jumps'));
  const seconds = (Date.parse(finished) - Date.parse(started)) / 1000;
  assert.ok(seconds >= 0 && seconds < 600, `${seconds} s`);
  assert.ok(timings.every(({ wallMs }) => wallMs >= 0 && wallMs < 600_000));
  const again = await framesift(...asking(server, at('jumps'), '--no-cache'));
  assert.equal(again.code, 0, again.err);
});

test('a decoder that stops answering is given up', { skip: skip || (!hasProc && 'no /proc is here') }, async () => {
  const { signal } = new AbortController();
  const long = makeMovingVideo(folder.path, 60, '320x240');
  const before = new Set(childrenOf());
  await using source = await NodeAvSource.open(long, 1, { threads: 1, silenceMs: 1500, signal });
  const decoder = childrenOf().find((pid) => !before.has(pid));
  const read = async (): Promise<void> => {
    let frames = 0;
    for await (using _ of source.frames({ everySeconds: 0.1 }, { signal })) {
      frames += 1;
      if (frames === 3) process.kill(decoder!, 'SIGSTOP');
      await sleep(5);
    }
  };
  await assert.rejects(read(), (error) => {
    return error instanceof FramesiftError && error.code === 'crash' && /stopped \(no answer\)/.test(error.message);
  });
});

test('a cache that was damaged, or is a file, costs what it held and no run', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 2 });
  const cache = at('answers');
  const run = (name: string) => framesift(...asking(server, at(name), '--cache-folder', cache));
  assert.equal((await run('first')).code, 0);
  const asked = server.served.length;
  assert.equal((await run('second')).code, 0);
  assert.equal(server.served.length, asked, 'all were known');
  const files = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  for (const [index, name] of files.entries()) {
    if (name.includes('/')) writeFileSync(join(cache, name), ['', '{bad', 'null', '{"value":7}', '\0\0'][index % 5]!);
  }
  const mended = await run('third');
  assert.equal(mended.code, 0, mended.err);
  assert.equal(server.served.length, 2 * asked, 'each was asked again');
  writeFileSync(at('file'), 'mine');
  const said = await framesift(...asking(server, at('fourth'), '--cache-folder', at('file')));
  assert.ok(said.code === 0 || /^Error: [^\n]+\n$/.test(said.err), said.err);
  assert.equal(readFileSync(at('file'), 'utf8'), 'mine');
});
