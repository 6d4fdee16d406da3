/**
 * Whether anything that comes from outside can end, hang or swell the program: videos of every container, folders of
 * results, YAML and answers of models, each spoiled where its structure is, 20,000 in all.
 *
 *   node bench/fuzz.ts [--count 20000] [--seed 1]
 *
 * Ends with 1 where the program itself has a fault, something hangs, or a process takes more than 1 GB. A decoder that
 * dies costs that video and is counted. Needs the ffmpeg program; takes some ten minutes on two cores.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, Tally } from './fuzz/fuzz.ts';
import { makePristine } from './fuzz/pristine.ts';
import { videoSeeds } from './fuzz/seeds.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const folder = mkdtempSync(join(tmpdir(), 'framesift-fuzz-'));
const tally = new Tally();
const unplanned: string[] = [];
process.on('unhandledRejection', (error) => unplanned.push(String(error)));
process.on('uncaughtException', (error) => unplanned.push(error.stack ?? error.message));
try {
  const seeds = videoSeeds(join(folder, 'seeds'));
  const pristine = await makePristine(folder, true);
  const options = { count: Number(values.count), seed: Number(values.seed), folder, seeds, pristine, againEach: 20 };
  for await (const outcome of fuzz(options)) {
    tally.add(outcome);
    if (['died', 'hung', 'fault'].includes(outcome.state)) console.error(JSON.stringify(outcome));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const ownMb = process.resourceUsage().maxRSS / 1024;
console.log(tally.lines.join('\n'));
console.log(`\nAt most ${Math.round(tally.mostMb)} MB in a decoder, ${Math.round(ownMb)} MB in the program itself.`);
for (const one of unplanned) console.error(one);
const wrong = tally.faults.filter(({ state }) => state !== 'died').length + unplanned.length;
if (wrong > 0 || tally.mostMb > 1024 || ownMb > 1024) process.exitCode = 1;
