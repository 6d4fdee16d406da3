import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeClip } from '../../../test/fixtures/clips.ts';
import { hasFfmpeg } from '../../../test/fixtures/pictures.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { NodeAvSource } from './source.ts';

const skip = hasFfmpeg ? false : 'the ffmpeg program, which makes the clip, is not here';
const { signal } = new AbortController();

for (const [name, ahead, most] of [
  ['works in turn: nothing is decoded while the caller looks at a frame', 0, 1],
  ['is so many frames ahead and no further', 3, 4],
] as const) {
  test(name, { skip }, async () => {
    using folder = temporaryFolder();
    await using source = await NodeAvSource.open(makeClip(folder.path, 'b-frames'), 1, { ahead, signal });
    const frames = source.frames({ everySeconds: 0.04 }, { signal });
    for (let taken = 1; taken <= 3; taken += 1) {
      const next = await frames.next();
      assert.ok(!next.done);
      next.value[Symbol.dispose]();
      // Time enough for a decoder that goes on by itself to be through with the clip.
      await sleep(150);
      const { stages } = await source.spent();
      assert.equal(stages.find(({ stage }) => stage === 'small pictures')?.count, taken - 1 + most);
    }
    await frames.return(undefined);
  });
}
