import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { psnr } from '../../bench/quality/frames.ts';
import type { Frame } from '../../src/core/frame.ts';
import type { FrameSource, KeyframeLook, Sampler } from '../../src/core/video.ts';
import { clips, clipSize, makeClip, pixelsOfJpeg, rgbByProgram, timesByProgram } from '../fixtures/clips.ts';
import type { Clip } from '../fixtures/clips.ts';
import { childrenOf, hasProc, until } from '../fixtures/processes.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

export type OpenSource = (path: string, signal: AbortSignal) => Promise<FrameSource>;

export const { signal: noSignal } = new AbortController();

/** The frames that the contract asks for: the first at or after each multiple of the step. */
export function wantedTimes(
  times: readonly number[],
  { everySeconds, fromSeconds = 0, untilSeconds = Infinity }: Sampler,
) {
  let next = fromSeconds;
  return times.filter((time) => {
    if (time < next - 1e-6 || time >= untilSeconds) return false;
    while (next <= time + 1e-6) next += everySeconds;
    return true;
  });
}

/** Which clips another shape than their own size is shown in. */
const shownSizes: Partial<Record<Clip, { width: number; height: number }>> = {
  rotated: { width: clipSize.height, height: clipSize.width },
  'pixels-2-to-1': { width: 2 * clipSize.width, height: clipSize.height },
};

/**
 * The contract of `FrameSource`, for any implementation. Needs the ffmpeg program, which makes the clips and says what
 * is in them.
 */
export function testFrameSource(name: string, open: OpenSource, skip: string | false): void {
  describe(`${name} keeps the contract of a frame source`, { skip }, () => {
    const folder = temporaryFolder();
    after(() => folder[Symbol.dispose]());
    const truth = new Map<Clip, readonly number[]>();
    before(() => {
      for (const clip of clips) truth.set(clip, timesByProgram(makeClip(folder.path, clip)));
    });
    const openClip = (clip: Clip): Promise<FrameSource> => open(makeClip(folder.path, clip), noSignal);

    for (const clip of ['b-frames', 'open-gop', 'hevc', 'vp9', 'late-start', 'rotated'] as const)
      test(`${clip}: key frames, where it can tell them, are frames of the video`, async () => {
        await using source = await openClip(clip);
        if (!source.keyframes) return;
        const looks: KeyframeLook[] = [];
        for await (const look of source.keyframes({}, { signal: noSignal })) looks.push(look);
        assert.ok(looks.length >= 2, `${looks.length} key frames`);
        const byTime = new Map(looks.map((look) => [look.timeSeconds.toFixed(3), look]));
        let seen = 0;
        for await (using frame of source.frames({ everySeconds: 0.04 }, { signal: noSignal })) {
          const look = byTime.get(frame.timeSeconds.toFixed(3));
          if (!look) continue;
          seen += 1;
          assert.deepEqual([look.luma.width, look.luma.height], [frame.luma.width, frame.luma.height]);
          // But for the loop filter they are the same picture.
          assert.ok(psnr(look.luma.data, frame.luma.data) > 28, `at ${frame.timeSeconds} s`);
        }
        assert.equal(seen, looks.length);
        for (const [at, { endSeconds }] of looks.slice(0, -1).entries())
          assert.equal(endSeconds, looks[at + 1]!.timeSeconds);
      });

    test('looks that are given up do not disturb what follows', async () => {
      await using source = await openClip('b-frames');
      if (!source.keyframes) return;
      for await (const look of source.keyframes({}, { signal: noSignal })) {
        assert.equal(look.timeSeconds, 0);
        break;
      }
      const times: number[] = [];
      for await (using frame of source.frames(
        { everySeconds: 1, quiet: [{ start: 1.5, end: 3.5 }] },
        { signal: noSignal },
      )) {
        times.push(frame.timeSeconds);
      }
      assert.deepEqual(times.map(Math.round), [0, 1, 4]);
    });

    for (const clip of clips)
      test(`${clip}: exact times, size, pixels and glimpses`, async () => {
        await using source = await openClip(clip);
        const shown = shownSizes[clip] ?? clipSize;
        assert.deepEqual({ width: source.info.width, height: source.info.height }, shown);
        const times = truth.get(clip)!;
        const expected = wantedTimes(times, { everySeconds: 0.5 });
        const found: number[] = [];
        let glimpsedUntil = -Infinity;
        for await (using frame of source.frames({ everySeconds: 0.5 }, { signal: noSignal })) {
          found.push(frame.timeSeconds);
          checkLuma(frame, shown);
          glimpsedUntil = await checkGlimpses(frame, glimpsedUntil);
          if (found.length === 4) await checkPixels(frame, makeClip(folder.path, clip), times, shown);
        }
        assert.equal(found.length, expected.length);
        for (const [at, time] of found.entries()) near(time, expected[at]!, 0.0011);
        const report = source.report();
        assert.equal(report.framesSampled, expected.length);
        assert.ok(report.framesDecoded + report.packetsSkipped <= report.packets + 1 && report.framesDecoded > 0);
        assert.equal(report.damaged, 0);
        assert.equal(report.truncated, false);
        assert.ok(report.endSeconds >= times.at(-1)! - 0.0011);
      });

    test('from and until bound what is sampled, and a second pass is like the first', async () => {
      await using source = await openClip('b-frames');
      const sampler = { everySeconds: 0.3, fromSeconds: 1.25, untilSeconds: 3.1 };
      const expected = wantedTimes(truth.get('b-frames')!, sampler);
      const passes = [await timesOf(source, sampler), await timesOf(source, sampler)];
      for (const found of passes) {
        assert.equal(found.length, expected.length);
        for (const [at, time] of found.entries()) near(time, expected[at]!, 0.0011);
      }
      assert.equal((await timesOf(source, { everySeconds: 1, fromSeconds: 90 })).length, 0);
    });

    test('rgb and jpeg shrink to the longest side asked for', async () => {
      await using source = await openClip('rotated');
      for await (using frame of source.frames({ everySeconds: 9 }, { signal: noSignal })) {
        const small = await frame.rgb({ longestSide: 160 });
        assert.deepEqual([small.width, small.height, small.channels], [90, 160, 3]);
        assert.equal(small.data.length, 90 * 160 * 3);
        const { width, height } = pixelsOfJpeg(await frame.jpeg({ longestSide: 160 }));
        assert.deepEqual([width, height], [90, 160]);
        const [poor, good] = [await frame.jpeg({ quality: 20 }), await frame.jpeg({ quality: 95 })];
        assert.ok(poor.length < good.length / 1.5, `${poor.length} and ${good.length} bytes`);
      }
    });

    test('a frame outlives the frames after it until it is disposed', async () => {
      await using source = await openClip('b-frames');
      const kept: Frame[] = [];
      for await (const frame of source.frames({ everySeconds: 0.1 }, { signal: noSignal })) kept.push(frame);
      assert.ok(kept.length > 40);
      const path = makeClip(folder.path, 'b-frames');
      await checkPixels(kept[2]!, path, truth.get('b-frames')!, clipSize);
      for (const frame of kept) frame[Symbol.dispose]();
    });

    test('breaking off early leaves the source ready for another pass', async () => {
      await using source = await openClip('b-frames');
      for (let pass = 0; pass < 3; pass += 1) {
        for await (using frame of source.frames({ everySeconds: 0.1 }, { signal: noSignal })) {
          near(frame.timeSeconds, 0, 1e-6);
          break;
        }
      }
      assert.equal((await timesOf(source, { everySeconds: 1 })).length, 5);
    });

    test('abort ends a pass with its reason', async () => {
      await using source = await openClip('b-frames');
      const controller = new AbortController();
      const seen: number[] = [];
      const reason = new Error('enough');
      await assert.rejects(
        async () => {
          for await (using frame of source.frames({ everySeconds: 0.1 }, { signal: controller.signal })) {
            seen.push(frame.timeSeconds);
            if (seen.length === 2) controller.abort(reason);
          }
        },
        (error) => error === reason,
      );
      assert.equal(seen.length, 2);
      assert.throws(() => source.report(), /no pass/);
      const aborted = source.frames({ everySeconds: 1 }, { signal: AbortSignal.abort(reason) });
      await assert.rejects(
        async () => {
          for await (const frame of aborted) frame[Symbol.dispose]();
        },
        (error) => error === reason,
      );
    });

    test('disposing ends every process that was started', { skip: !hasProc && 'no /proc here' }, async () => {
      const before = childrenOf().length;
      const source = await openClip('b-frames');
      const pass = source.frames({ everySeconds: 0.1 }, { signal: noSignal })[Symbol.asyncIterator]();
      await pass.next();
      assert.ok(childrenOf().length > before);
      await source[Symbol.asyncDispose]();
      await until(() => childrenOf().length === before, 'the decoder had ended');
      await source[Symbol.asyncDispose]();
    });
  });
}

const near = (found: number, expected: number, by: number): void =>
  assert.ok(Math.abs(found - expected) <= by, `${found} instead of ${expected}`);

async function timesOf(source: FrameSource, sampler: Sampler): Promise<number[]> {
  const times: number[] = [];
  for await (using frame of source.frames(sampler, { signal: noSignal })) times.push(frame.timeSeconds);
  return times;
}

function checkLuma({ luma }: Frame, shown: { width: number; height: number }): void {
  assert.equal(luma.channels, 1);
  assert.equal(luma.data.length, luma.width * luma.height);
  assert.ok(Math.max(luma.width, luma.height) <= 384);
  near(luma.width / luma.height, shown.width / shown.height, 0.02);
}

/** @returns the time of the last glimpse */
async function checkGlimpses(frame: Frame, after: number): Promise<number> {
  const glimpses = await frame.glimpses();
  let last = after;
  for (const { timeSeconds, points } of glimpses) {
    assert.ok(timeSeconds > last, `a glimpse of ${timeSeconds} after one of ${last}`);
    last = timeSeconds;
    assert.equal(points.length, glimpses[0]!.points.length);
  }
  near(glimpses.at(-1)!.timeSeconds, frame.timeSeconds, 1e-6);
  return last;
}

async function checkPixels(
  frame: Frame,
  path: string,
  times: readonly number[],
  shown: { width: number; height: number },
) {
  const index = times.findIndex((time) => Math.abs(time - frame.timeSeconds) < 0.0011);
  const expected = rgbByProgram(path, index, shown);
  const rgb = await frame.rgb();
  assert.deepEqual([rgb.width, rgb.height, rgb.channels], [shown.width, shown.height, 3]);
  // Two releases of the scaler round differently; the frames beside are below 30.
  const likeness = psnr(rgb.data, expected);
  assert.ok(likeness > 38, `rgb is ${likeness.toFixed(1)} dB from the program's`);
  const jpeg = pixelsOfJpeg(await frame.jpeg({ quality: 95 }));
  assert.deepEqual([jpeg.width, jpeg.height], [shown.width, shown.height]);
  const stored = psnr(jpeg.data, expected);
  assert.ok(stored > 27, `the jpeg is ${stored.toFixed(1)} dB from the program's frame`);
}
