import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { dataFolder } from '../../../bench/recordings.ts';
import { makeClip } from '../../../test/fixtures/clips.ts';
import { hasFfmpeg } from '../../../test/fixtures/pictures.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import type { FrameSource, Sampler } from '../../core/video.ts';
import { SegmentedSource } from './segmented-source.ts';
import { NodeAvSource } from './source.ts';

const { signal } = new AbortController();
const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const noFfmpeg = !hasFfmpeg && 'the ffmpeg program, which makes the videos, is not here';

/** Everything that a pass gives, in a form that can be compared. */
async function told(source: FrameSource, sampler: Sampler): Promise<unknown[]> {
  const frames: unknown[] = [];
  for await (using frame of source.frames(sampler, { signal })) {
    const hash = createHash('sha256').update(frame.luma.data);
    const glimpses = await frame.glimpses();
    for (const { points } of glimpses) hash.update(points);
    const jpeg = frames.length % 5 === 0 ? await frame.jpeg() : new Uint8Array();
    const times = glimpses.map(({ timeSeconds }) => timeSeconds);
    frames.push([frame.timeSeconds, times, hash.update(jpeg).digest('hex')]);
  }
  const { packets, framesSampled, endSeconds, truncated, damaged } = source.report();
  return [...frames, { packets, framesSampled, endSeconds, truncated, damaged }];
}

/** A minute with a key frame every second: what is dealt out has many segments. Made once. */
function makeLong(coding: string, name: string): string {
  const path = join(folder.path, name);
  if (existsSync(path)) return path;
  const source = 'testsrc2=size=320x180:rate=15:duration=60';
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...coding.split(' '), path]);
  return path;
}

async function checkSame(path: string, sampler: Sampler): Promise<void> {
  await using whole = await NodeAvSource.open(path, 1, { threads: 1, signal });
  await using dealt = await SegmentedSource.open(path, 1, { segments: 3, signal });
  assert.deepEqual(await told(dealt, sampler), await told(whole, sampler));
}

describe('a video decoded in segments side by side', { skip: noFfmpeg }, () => {
  const x264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 3';
  for (const [name, coding] of [
    ['closed.mp4', `${x264} -g 15`],
    ['open.mp4', `${x264} -x264-params open-gop=1:keyint=20:min-keyint=20:bframes=3`],
    ['long.mp4', `${x264} -g 300`],
    ['vp9.webm', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -g 20'],
  ] as const)
    for (const sampler of [
      { everySeconds: 0.5 },
      { everySeconds: 0.7, fromSeconds: 7.2, untilSeconds: 41, quiet: [{ start: 11, end: 19.4 }] },
    ])
      test(`${name} every ${sampler.everySeconds} s is to the bit what one process gives`, async () => {
        await checkSame(makeLong(coding, name), sampler);
      });

  for (const name of ['mb_fucked-keyframes.mp4', 'mb_edts.mp4', 'mb_cursed-vfr.mp4', 'mb_no-initial-keyframe.ts']) {
    const path = join(dataFolder, 'odd', name);
    test(`${name} as well`, { skip: !existsSync(path) && `${path} is not here` }, async () => {
      await checkSame(path, { everySeconds: 0.4 });
    });
  }

  test('samples closer together than frames: none comes twice where segments meet', async () => {
    await checkSame(makeClip(folder.path, 'b-frames'), { everySeconds: 0.04 });
  });

  test('after a look at the key frames the segments are dealt out as before', async () => {
    const path = makeLong(`${x264} -g 15`, 'closed.mp4');
    await using whole = await NodeAvSource.open(path, 1, { threads: 1, signal });
    await using dealt = await SegmentedSource.open(path, 1, { segments: 3, signal });
    for (const source of [whole, dealt]) {
      let looks = 0;
      for await (const _ of source.keyframes({}, { signal })) looks += 1;
      assert.equal(looks, 60);
    }
    assert.equal((await whole.keyTimes()).length, 60);
    assert.deepEqual(await told(dealt, { everySeconds: 0.5 }), await told(whole, { everySeconds: 0.5 }));
  });

  test('packets flagged as key frames that are none: the same frames', async () => {
    await checkSame(makeClip(folder.path, 'false-key-frames'), { everySeconds: 0.1 });
  });
});
