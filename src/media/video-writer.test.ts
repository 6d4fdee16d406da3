import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, mock, test } from 'node:test';
import type { Picture } from '../core/frame.ts';
import { unfinishedPath } from '../core/whole-file.ts';
import { openVideo } from './open-video.ts';
import { openVideoWriter, tryVideoWriter } from './video-writer.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'framesift-writer-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const grey = (value: number, width = 721, height = 480): Picture => {
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(value) };
};
async function twenty(path: string, encoder: 'node-av' | 'ffmpeg'): Promise<void> {
  await using writer = openVideoWriter(path, { rate: 10, encoder, signal });
  for (let index = 0; index < 20; index++) await writer.write(grey(0), index / 10);
  await writer.end();
}
const here = {
  ffmpeg: spawnSync('ffmpeg', ['-version']).status === 0,
  'node-av': (() => {
    try {
      createRequire(import.meta.url).resolve('node-av');
      return true;
    } catch {
      return false;
    }
  })(),
} as const;

for (const encoder of ['node-av', 'ffmpeg'] as const) {
  describe(`a video written with ${encoder}`, { skip: here[encoder] ? false : `${encoder} is not here` }, () => {
    test('holds the pictures at their times and in their colours', async () => {
      const path = join(folder, `${encoder}.mp4`);
      await using writer = openVideoWriter(path, { rate: 10, encoder, signal });
      // None at 0.5 s: the one before is shown on.
      const times = [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7];
      for (const time of times) await writer.write(grey(Math.round(time * 300)), time);
      assert.ok(!existsSync(path), 'half a video has not taken its name');
      await writer.end();
      await using source = await openVideo(path, { signal });
      assert.deepEqual([source.info.width, source.info.height], [720, 480]);
      for await (const frame of source.frames({ everySeconds: 0.1 }, { signal })) {
        using owned = frame;
        const shown = times.findLast((time) => time <= owned.timeSeconds + 0.01)!;
        const value = (await owned.rgb()).data[720 * 3 * 240]!;
        assert.ok(Math.abs(value - shown * 300) <= 3, `${value} at ${owned.timeSeconds} s`);
      }
    });

    test('that is not ended leaves nothing', async () => {
      const path = join(folder, `${encoder}-broken.mp4`);
      {
        await using writer = openVideoWriter(path, { rate: 10, encoder, signal });
        await writer.write(grey(10), 0);
      }
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.includes('broken')),
        [],
      );
    });

    test('many pictures are no more than one', async () => {
      await using writer = openVideoWriter(join(folder, `${encoder}-many.mp4`), { rate: 30, encoder, signal });
      for (let index = 0; index < 90; index++) await writer.write(grey(index), index / 30);
      await writer.end();
    });

    test('cannot be where there is no folder', async () => {
      await assert.rejects(twenty(join(folder, 'nowhere', 'a.mp4'), encoder), { code: 'ENOENT' });
      await assert.rejects(tryVideoWriter(join(folder, 'nowhere', 'a.mp4'), { rate: 10, encoder, signal }), {
        code: 'ENOENT',
      });
    });

    test('says that the disk is full', { skip: !existsSync('/dev/full') && 'no /dev/full here' }, async (t) => {
      const path = join(folder, `${encoder}-full.mp4`);
      const uuid = mock.method(crypto, 'randomUUID', () => '00000000-0000-0000-0000-000000000000');
      syncBuiltinESMExports();
      t.after(() => {
        uuid.mock.restore();
        syncBuiltinESMExports();
      });
      symlinkSync('/dev/full', unfinishedPath(path));
      await assert.rejects(twenty(path, encoder), { code: 'ENOSPC' });
      assert.ok(!existsSync(path));
    });

    test('is tried beforehand without a trace', async () => {
      const before = readdirSync(folder);
      await tryVideoWriter(join(folder, `${encoder}-tried.mp4`), { rate: 10, encoder, signal });
      assert.deepEqual(readdirSync(folder), before);
    });
  });
}
