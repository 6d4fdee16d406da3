import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RunRecord } from '../../src/core/run.ts';
import { framesift } from '../fixtures/command.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

test('--profile says where the time went, and leaves a trace', async () => {
  const { path } = await sampleTalk();
  const run = join(folder.path, 'run');
  const said = await framesift('slides', path, '-o', run, '--no-text', '--until', '25', '--profile');
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /Report[^]*works +waits[^]*Decoding process\n +decode [^]*This process[^]*CPU [\d.]+ s in/);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(said.out, /\u001b|\r/);

  const { timings, decode, started, finished } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as RunRecord;
  const stage = (where: string, name: string) => timings.find((each) => each.where === where && each.stage === name);
  for (const name of ['demux', 'decode', 'key frames', 'small pictures', 'glimpses', 'JPEG'])
    assert.ok(stage('decoder', name)!.count > 0, name);
  const works = timings
    .filter(({ where }) => where === 'here')
    .reduce((sum, { wallMs, waitMs = 0 }) => sum + wallMs - waitMs, 0);
  const wallMs = Date.parse(finished!) - Date.parse(started);
  assert.ok(works <= wallMs + 50, `this process worked ${works} of ${wallMs} ms`);
  // Nothing is awaited of the decoder that is counted as work.
  assert.equal(stage('here', 'frames')!.waitMs, stage('here', 'frames')!.wallMs);
  assert.ok(decode!.cpuMs > 0);

  const trace = JSON.parse(readFileSync(join(run, 'trace.json'), 'utf8')) as {
    name?: string;
    ph?: string;
    dur?: number;
  }[];
  const names = new Set(trace.filter(({ ph }) => ph === 'X').map(({ name }) => name));
  assert.ok(names.has('detect') && names.has('wait: frames'));

  const again = await framesift('slides', path, '-o', run, '--no-text', '--until', '25', '--profile', '--json');
  assert.doesNotMatch(again.out, /works +waits/);
});

test('a batch has no one profile', async () => {
  const said = await framesift('slides', folder.path, '--jobs', '2', '--profile');
  assert.equal(said.code, 2);
  assert.match(said.err, /^[^\n]*--profile looks at one video[^\n]*\n$/);
});
