import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { RunRecord } from '../../src/core/run.ts';
import { inspectNodeAv } from '../../src/media/decoders.ts';
import { hardwareKinds } from '../../src/media/hwaccel.ts';
import { framesift } from '../fixtures/command.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const short = ['--no-text', '--until', '25'];
const { opens = [] } = await inspectNodeAv();
const absent = hardwareKinds.filter((kind) => !opens.includes(kind));

describe('--hwaccel', () => {
  test('of what cannot be had: one line, exit code 6, nothing written', async () => {
    const { path } = await sampleTalk();
    const out = join(folder.path, 'refused');
    for (const kind of absent)
      for (const command of ['slides', 'driver']) {
        const said = await framesift(command, path, '-o', out, '--hwaccel', kind);
        assert.equal(said.code, 6, said.err);
        assert.match(
          said.err,
          new RegExp(`^[^\\n]*--hwaccel ${kind} cannot be had: ${kind} [^\\n]*framesift doctor[^\\n]*\\n$`),
        );
        assert.ok(!existsSync(join(out, 'run.json')));
      }
  });

  test('auto says what it uses, records it, and finds what none finds', async () => {
    const { path } = await sampleTalk();
    const results = ['none', 'auto'].map((name) => join(folder.path, name));
    const said = [];
    for (const out of results) {
      const args = ['slides', path, '-o', out, ...short, '--hwaccel', out.endsWith('auto') ? 'auto' : 'none'];
      said.push(await framesift(...args));
      assert.equal(said.at(-1)!.code, 0, said.at(-1)!.err);
    }
    assert.doesNotMatch(said[0]!.err, /Decoding/);
    const [none, auto] = results.map((out) => JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RunRecord);
    assert.equal(none!.video.hardware, undefined);
    const { hardware } = auto!.video;
    if (hardware === undefined) {
      assert.match(
        said[1]!.err,
        /Decoding on the CPU, as no hardware could be had: videotoolbox is not built in, cuda /,
      );
      assert.match(auto!.warnings.join(), /Decoding on the CPU/);
    } else {
      assert.ok(opens.includes(hardware));
      assert.match(said[1]!.err, new RegExp(`Decoding with ${hardware}\\.`));
    }
    const [a, b] = results.map((out) => readFileSync(join(out, 'slides.json'), 'utf8'));
    assert.equal(b, a);
  });

  test('does not go with the ffmpeg program', async () => {
    const { path } = await sampleTalk();
    const said = await framesift(
      'slides',
      path,
      '--decoder',
      'ffmpeg',
      '--hwaccel',
      'auto',
      '-o',
      join(folder.path, 'x'),
    );
    assert.equal(said.code, 2);
    assert.match(said.err, /--hwaccel needs --decoder node-av/);
  });
});
