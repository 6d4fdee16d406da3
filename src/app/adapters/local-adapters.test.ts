import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { drawDriver } from '../../../test/fixtures/drawn-driver.ts';
import { hasFfmpeg } from '../../../test/fixtures/pictures.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { FaceMeasurement } from '../../core/face.ts';
import { openVideo } from '../../media/open-video.ts';
import type { FaceMeter } from '../../vision/face/face-meter.ts';
import { recording } from '../../vision/face/recordings.fixture.ts';
import { LocalAdapters } from './local-adapters.ts';

const { signal } = new AbortController();
const options = { chapters: { fromSeconds: 0, seconds: 10 } };

/** A meter on loan; undefined, and the test skipped, where a package is not installed. */
async function lend(t: TestContext, shared: LocalAdapters): Promise<FaceMeter | undefined> {
  try {
    return await shared.faceMeter(options);
  } catch (error) {
    if (!(error instanceof FramesiftError) || error.code !== 'dependency') throw error;
    t.skip(error.message);
    return undefined;
  }
}

test('a face meter that measures one video after another takes nothing over', async (t) => {
  if (!hasFfmpeg) return t.skip('ffmpeg is not here');
  using folder = temporaryFolder();
  const file = recording('driver/phone_eyes_closed_1080p.mp4') ?? join(folder.path, 'drawn.mp4');
  if (!existsSync(file)) drawDriver(file);
  await using shared = new LocalAdapters();
  const runs: FaceMeasurement[][] = [];
  for (let run = 0; run < 2; run += 1) {
    await using meter = await lend(t, shared);
    if (!meter) return;
    await using source = await openVideo(file, { signal });
    const measurements: FaceMeasurement[] = [];
    for await (const frame of source.frames({ everySeconds: 0.1, untilSeconds: 0.8 }, { signal })) {
      using owned = frame;
      measurements.push(...(await meter.of([owned], { signal })));
    }
    runs.push(measurements);
  }
  assert.equal(runs[0]?.length, 8);
  assert.ok(runs[0].some(({ driver }) => driver));
  assert.deepEqual(runs[1], runs[0]);
});

test('a face meter is lent to one run at a time, and one that failed to none', async (t) => {
  await using shared = new LocalAdapters();
  const first = await lend(t, shared);
  if (!first) return;
  await using second = await shared.faceMeter(options);
  const picture = () => ({ width: 64, height: 64, channels: 3 as const, data: new Uint8Array(64 * 64 * 3) });
  // Each has a thread of its own: what one is handed is not in the other's way.
  await Promise.all([first.read(picture(), 0, { signal }), second.read(picture(), 0, { signal })]);
  await assert.rejects(first.read({ ...picture(), data: undefined as unknown as Uint8Array }, 0, { signal }));
  await first[Symbol.asyncDispose]();
  await assert.rejects(first.read(picture(), 0, { signal }), { code: 'model' });
  await using third = await shared.faceMeter(options);
  assert.equal((await third.read(picture(), 0, { signal })).faces, 0);
});
