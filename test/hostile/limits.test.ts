/** What a video may take is bounded, whatever it claims; the bounds can be set. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { FramesiftError } from '../../src/core/errors.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { openVideo } from '../../src/media/open-video.ts';
import { framesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { hasProc } from '../fixtures/processes.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const { signal } = new AbortController();
const skip = !hasFfmpeg && 'ffmpeg is not here';
const decoders = ['node-av', 'ffmpeg'] as const;

/** Looks at all of it. @returns how many frames came */
async function look(path: string, limits: Parameters<typeof openVideo>[1]['limits'], decoder: 'node-av' | 'ffmpeg') {
  await using source = await openVideo(path, { decoder, threads: 1, signal, ...(limits ? { limits } : {}) });
  let frames = 0;
  for await (using frame of source.frames({ everySeconds: 0.5 }, { signal })) frames += frame.luma.width > 0 ? 1 : 0;
  return { frames, seconds: source.info.durationSeconds };
}

const refused =
  (says: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FramesiftError && error.code === 'media' && says.test(error.message);

/** Puts 32 bits behind a box's name. */
function patched(from: string, to: string, box: string, offset: number, value: number): string {
  const bytes = readFileSync(at(from));
  bytes.writeUInt32BE(value, bytes.indexOf(box) + 4 + offset);
  writeFileSync(at(to), bytes);
  return at(to);
}

describe('a video that', { skip }, () => {
  let small = '';
  before(() => {
    small = makeMovingVideo(folder.path, 4, '160x120');
    execFileSync('cp', [small, at('small.mp4')]);
  });

  for (const decoder of decoders) {
    test(`has pictures of 121 million pixels is refused before one is decoded: ${decoder}`, async () => {
      const huge = at('huge.mkv');
      const draw = [
        '-f',
        'lavfi',
        '-i',
        'color=gray:size=11000x11000:rate=1',
        '-frames:v',
        '1',
        '-c:v',
        'png',
        '-compression_level',
        '1',
      ];
      if (decoder === 'node-av') execFileSync('ffmpeg', ['-v', 'error', '-y', ...draw, '-pix_fmt', 'gray', huge]);
      await assert.rejects(look(huge, undefined, decoder), refused(/11000 × 11000 pixels are larger than the limit/));
      await assert.rejects(look(small, { maxPixels: 100 }, decoder), refused(/160 × 120 .* --max-pixels 19200/));
    });

    test(`claims ten years is read to its end: ${decoder}`, async () => {
      // Version 0 of the header: duration behind flags, two times and the scale.
      const patchedTwice = patched('small.mp4', 'years.mp4', 'mvhd', 16, 315_360_000);
      const { frames } = await look(patchedTwice, undefined, decoder);
      assert.equal(frames, 8);
    });

    test(`has more frames than it may is given up: ${decoder}`, async () => {
      await assert.rejects(look(small, { maxFrames: 10 }, decoder), refused(/has more than 10 frames/));
    });

    test(`claims a million frames a second is read: ${decoder}`, async () => {
      const scaled = patched('small.mp4', 'fast.mp4', 'mdhd', 12, 100_000_000);
      const { frames } = await look(scaled, undefined, decoder);
      assert.ok(frames >= 1);
    });
  }

  test('takes more memory than it may is given up', { skip: !hasProc && 'no /proc is here' }, async () => {
    const long = makeMovingVideo(folder.path, 60, '640x480');
    await assert.rejects(
      async () => {
        await using source = await openVideo(long, {
          decoder: 'node-av',
          threads: 1,
          signal,
          limits: { maxMemoryMb: 20 },
        });
        const frames = source.frames({ everySeconds: 0.1 }, { signal });
        for await (using _ of frames) await new Promise((resolve) => setTimeout(resolve, 20));
      },
      (error) => error instanceof FramesiftError && /more than the limit of 20|stopped \(SIGKILL\)/.test(error.message),
    );
  });

  test('takes longer, or fills more, than its run may: one line, and what is done is kept', async () => {
    await using server = await SimulatedServer.start({ slots: 1 });
    const shop = join(import.meta.dirname, '../../examples/shop-counter.yaml');
    const model = `--model ${server.openAiSpec} --plan lanes --no-adaptive --every 2 --no-cache`;
    const flags = `ask ${small} --workflow ${shop} ${model} -o ${at('run')} -q`.split(' ');
    // Nothing is ever answered.
    server.faults.every(1, 'hang');
    const late = await framesift(...flags, '--max-seconds', '3');
    assert.match(late.err, /^Error: [^\n]*took longer than its limit of 3 s[^\n]*\n$/);
    assert.equal(late.code, 2);
    const { state } = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8')) as RunRecord;
    assert.equal(state, 'interrupted');
    const full = await framesift(...flags, '--max-output-mb', '0.0001');
    assert.match(full.err, /^Error: [^\n]*more than their limit of 0\.0001[^\n]*\n$/);
    assert.equal(full.code, 5);
    server.faults.every(1_000_000, 'hang');
    const whole = await framesift(...flags);
    assert.equal(whole.code, 0, whole.err);
  });
});
