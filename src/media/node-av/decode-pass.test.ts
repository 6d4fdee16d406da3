import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { dataFolder } from '../../../bench/recordings.ts';
import { clipSize, lumaByProgram, makeClip, timesByProgram } from '../../../test/fixtures/clips.ts';
import type { Clip } from '../../../test/fixtures/clips.ts';
import { hasFfmpeg } from '../../../test/fixtures/pictures.ts';
import { childrenOf, hasProc, residentMb, until } from '../../../test/fixtures/processes.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { DecodeReport } from '../../core/video.ts';
import { NodeAvSource } from './source.ts';

const { signal } = new AbortController();
const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const noFfmpeg = !hasFfmpeg && 'the ffmpeg program, which makes the videos, is not here';
const [columns, rows] = [96, 54];

/** The points that a glimpse takes of a picture. */
function pointsOf(luma: Uint8Array, { width, height }: { width: number; height: number } = clipSize): Uint8Array {
  const points = new Uint8Array(columns * rows);
  for (const at of points.keys()) {
    const y = Math.floor(((Math.floor(at / columns) + 0.5) * height) / rows);
    points[at] = luma[y * width + Math.floor((((at % columns) + 0.5) * width) / columns)]!;
  }
  return points;
}

/** Every glimpse of a pass must be, to the bit, of the frame that full decoding gives at its time. */
async function checkAgainstFullDecoding(path: string, everySeconds: number): Promise<DecodeReport> {
  const times = timesByProgram(path);
  await using source = await NodeAvSource.open(path, 1, { signal });
  const { codedWidth: width, codedHeight: height } = source.info;
  const pictures = lumaByProgram(path, { width, height });
  assert.equal(pictures.length, times.length);
  let compared = 0;
  for await (using frame of source.frames({ everySeconds }, { signal })) {
    const { timeSeconds, points } = (await frame.glimpses()).at(-1)!;
    const index = times.findIndex((time) => Math.abs(time - timeSeconds) < 0.0011);
    assert.ok(index >= 0, `no frame at ${timeSeconds}`);
    assert.deepEqual(points, pointsOf(pictures[index]!, { width, height }), `frame ${index} of ${path}`);
    compared += 1;
  }
  assert.ok(compared > 2);
  return source.report();
}

describe('a pass that decodes only what is needed', { skip: noFfmpeg }, () => {
  for (const clip of ['b-frames', 'open-gop', 'hevc', 'vp9', 'mpeg4', 'variable-rate', 'late-start'] as const)
    for (const everySeconds of [1, 0.04])
      test(`${clip} every ${everySeconds} s is decoded to the bit as if decoded whole`, async () => {
        const { packetsSkipped } = await checkAgainstFullDecoding(makeClip(folder.path, clip), everySeconds);
        if (everySeconds < 0.05) assert.equal(packetsSkipped, 0);
        else if (clip === 'b-frames' || clip === 'hevc') assert.ok(packetsSkipped > 10, `${packetsSkipped} skipped`);
      });

  test('packets flagged as key frames that are none: noticed, and decoded whole from there on', async () => {
    const path = makeClip(folder.path, 'false-key-frames');
    const read = (what: string): string[] => {
      const show = ['-select_streams', 'v', '-show_entries', what, '-of', 'csv=p=0'];
      return execFileSync('ffprobe', ['-v', 'error', ...show, path], { encoding: 'utf8' })
        .trim()
        .split('\n');
    };
    const pictures = read('frame=pict_type');
    const lying = read('packet=flags').filter((flags, at) => flags.includes('K') && !pictures[at]!.includes('I'));
    assert.ok(lying.length >= 2, 'the clip is what it is meant to be');
    const report = await checkAgainstFullDecoding(path, 0.5);
    assert.equal(report.framesDecoded, 75);
    assert.equal(report.framesSampled, 10);
  });
});

const odd = (name: string): string => join(dataFolder, 'odd', name);
const skipOdd = (name: string) => noFfmpeg || (!existsSync(odd(name)) && `${odd(name)} is not here`);

describe('recordings that are odd', () => {
  for (const name of ['mb_fucked-keyframes.mp4', 'mb_edts.mp4', 'mb_cursed-vfr.mp4', 'iio_realshort.mp4'])
    test(`${name} is decoded to the bit as if decoded whole`, { skip: skipOdd(name) }, async () => {
      await checkAgainstFullDecoding(odd(name), 0.4);
    });

  test(
    'a stream that begins without a key frame gives what can be decoded',
    { skip: skipOdd('mb_no-initial-keyframe.ts') },
    async () => {
      await using source = await NodeAvSource.open(odd('mb_no-initial-keyframe.ts'), 1, { signal });
      const times: number[] = [];
      for await (using frame of source.frames({ everySeconds: 1 }, { signal })) times.push(frame.timeSeconds);
      assert.equal(times.length, 1);
      assert.ok(Math.abs(times[0]! - 2.136) < 0.001);
    },
  );

  const saying: readonly [name: string, message: RegExp][] = [
    ['m4p_short-cenc.mp4', /is encrypted\. Give/],
    ['oc_aonly_8fa2.mov', /no video stream \(audio only\)/],
    ['small_Mpeg4.mp4', /no video stream\. Give/],
    ['derived_truncated_no_moov.mp4', /unknown or broken container/],
    ['m4p_zero_empty_stsc.mp4', /not one frame/],
  ];
  for (const [name, message] of saying)
    test(`${name}: ${message.source}`, { skip: skipOdd(name) }, async () => {
      const pass = async () => {
        await using source = await NodeAvSource.open(odd(name), 1, { signal });
        for await (const frame of source.frames({ everySeconds: 1 }, { signal })) frame[Symbol.dispose]();
      };
      await assert.rejects(pass, (error) => {
        assert.ok(error instanceof FramesiftError && error.code === 'media');
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(odd(name)) && !error.message.includes('\n'));
        return true;
      });
    });
});

describe('the decoding process', { skip: noFfmpeg || (!hasProc && 'no /proc here') }, () => {
  const clip: Clip = 'b-frames';

  test('killed in the middle, it costs this video alone', async () => {
    const earlier = new Set(childrenOf());
    await using source = await NodeAvSource.open(makeClip(folder.path, clip), 1, { signal });
    const child = childrenOf().find((pid) => !earlier.has(pid));
    let seen = 0;
    const pass = async () => {
      for await (using frame of source.frames({ everySeconds: 0.04 }, { signal })) {
        seen += 1;
        if (seen === 3) process.kill(child!, 'SIGKILL');
        if (seen > 3) await frame.rgb();
      }
    };
    await assert.rejects(pass, (error) => {
      assert.ok(error instanceof FramesiftError && error.code === 'crash');
      assert.match(error.message, /b-frames\.mp4: the decoder stopped \(SIGKILL\).*--decoder ffmpeg/);
      return true;
    });
    assert.ok(seen >= 3 && seen < 75);
    await using next = await NodeAvSource.open(makeClip(folder.path, clip), 1, { signal });
    assert.equal((await next.frames({ everySeconds: 1 }, { signal })[Symbol.asyncIterator]().next()).done, false);
  });

  test('passes given up leave no frame alive in it', async () => {
    const path = join(folder.path, 'large.mp4');
    const source = 'testsrc2=size=1920x1080:rate=10:duration=2';
    const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...coding, path]);
    const earlier = new Set(childrenOf());
    await using video = await NodeAvSource.open(path, 1, { threads: 1, signal });
    const child = childrenOf().find((pid) => !earlier.has(pid));
    const giveUp = async (times: number) => {
      for (let pass = 0; pass < times; pass += 1) {
        for await (const frame of video.frames({ everySeconds: 0.1 }, { signal })) {
          frame[Symbol.dispose]();
          break;
        }
      }
    };
    await giveUp(10);
    const before = residentMb(child!);
    await giveUp(40);
    // Every pass has up to five frames of 3 MB under way: 120 MB and more if one in each stayed.
    const grown = residentMb(child!) - before;
    assert.ok(grown < 60, `${grown.toFixed(0)} MB more after 40 passes`);
  });

  test('ends when its parent is killed', async () => {
    const script = `import { NodeAvSource } from ${JSON.stringify(new URL('./source.ts', import.meta.url).href)};
      const source = await NodeAvSource.open(${JSON.stringify(makeClip(folder.path, clip))}, 1, { signal: new AbortController().signal });
      const pass = source.frames({ everySeconds: 0.04 }, { signal: new AbortController().signal });
      await pass.next(); console.log('begun'); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    const [decoder] = childrenOf(parent.pid);
    assert.ok(decoder);
    parent.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${decoder}/fd/0`), 'the decoder had ended');
  });
});
