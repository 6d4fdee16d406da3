/** Five hundred mutants of fixed seeds: videos, folders, YAML and answers of models. `node bench/fuzz.ts` reads 20,000. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { fuzz, Tally } from '../../bench/fuzz/fuzz.ts';
import { makePristine } from '../../bench/fuzz/pristine.ts';
import { videoSeeds } from '../../bench/fuzz/seeds.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

test('no mutant ends, hangs or swells the program', { skip: !hasFfmpeg && 'ffmpeg is not here' }, async () => {
  const seeds = videoSeeds(join(folder.path, 'seeds'));
  const pristine = await makePristine(folder.path, false);
  const tally = new Tally();
  for await (const outcome of fuzz({ count: 500, seed: 7, folder: folder.path, seeds, pristine })) tally.add(outcome);
  const wrong = tally.faults.filter(({ state }) => state !== 'died');
  assert.deepEqual(wrong, []);
  assert.ok(tally.mostMb < 1024, `${tally.mostMb} MB`);
  assert.ok(seeds.length > 10, 'of many containers and codecs');
});
