/** Reads one video after another as the decoding process does, without a process for each. */
import { stat } from 'node:fs/promises';
import { FramesiftError, messageOf } from '../../src/core/errors.ts';
import { checkInputFile } from '../../src/media/input-file.ts';
import { DecodePass } from '../../src/media/node-av/decode-pass.ts';
import { keyframeLooks, keyTimes } from '../../src/media/node-av/keyframe-pass.ts';
import { constants, FFmpegError, Log } from '../../src/media/node-av/native.ts';
import { OpenedVideo } from '../../src/media/node-av/opened-video.ts';
import { Spent } from '../../src/media/node-av/spent.ts';
import { Stills } from '../../src/media/node-av/still.ts';

Log.setLevel(constants.AV_LOG_QUIET);

/** A mutant may repeat its frames without end: so many are enough. */
const mostFrames = 200;

async function read(path: string): Promise<number> {
  await checkInputFile(path);
  const spent = new Spent();
  const video = new OpenedVideo(path, (await stat(path)).size);
  let frames = 0;
  try {
    using stills = new Stills(video.info, video.info.rotation);
    for (const _ of keyframeLooks(
      video,
      { fromSeconds: 0, untilSeconds: Infinity },
      1,
      (frame) => stills.luma(frame),
      spent,
    )) {
      frames += 1;
      if (frames > mostFrames) break;
    }
    video.rewind();
    keyTimes(video);
    video.rewind();
    frames = 0;
    for (const sampled of new DecodePass(video, { everySeconds: 0.3 }, 1, spent).frames()) {
      if (!sampled) continue;
      stills.luma(sampled.frame);
      if (frames === 0) {
        stills.rgb(sampled.frame, 64);
        stills.jpeg(sampled.frame, { hidden: [[0.2, 0.2, 0.5, 0.5]] });
      }
      sampled.frame.free();
      frames += 1;
      if (frames > mostFrames) break;
    }
  } finally {
    video[Symbol.dispose]();
  }
  return frames;
}

process.on('message', ({ path }: { path: string }) => {
  void read(path).then(
    (frames) => process.send?.({ state: 'read', frames, megabytes: process.memoryUsage.rss() / 2 ** 20 }),
    (error: unknown) => {
      // FFmpeg's own refusals are told as `media` by the decoding process.
      const ours = error instanceof FramesiftError || error instanceof FFmpegError || error instanceof Error;
      const state = ours ? 'refused' : 'fault';
      process.send?.({ state, says: messageOf(error), megabytes: process.memoryUsage.rss() / 2 ** 20 });
    },
  );
});
process.on('disconnect', () => process.exit(0));
