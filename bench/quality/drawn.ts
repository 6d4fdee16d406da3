/**
 * How right the slides are on talks drawn for this, of which everything is known: see bench/quality/drawn/README.md.
 *
 *   node bench/quality/drawn.ts [--count 24] [--seed 1] [--kind fade …] [--set dev|validation] [--keep DIR]
 *     [--talks DIR] [--draw] [--jobs 2] [--states] [--bars] [-- options of framesift slides]
 *
 * Prints the kinds, the worst first. `--keep` keeps the talks that failed with their results, `--talks` all that are drawn,
 * so that they are drawn once; `--draw` draws and does no more. `--states` scores the cut alone: which changes to what rests
 * for a second or more it has missed (states.json of the results). `--bars` ends with 1 where a bar is missed.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { parallel } from '../../src/stream/parallel.ts';
import { drawTalk } from './drawn/draw.ts';
import type { Judged } from './drawn/judge.ts';
import { fontMissing } from './drawn/fonts.ts';
import { kindsNamed, kindsOf, recipes, type TalkSet } from './drawn/kinds.ts';
import { missedBars, printReport, printStates } from './drawn/report.ts';
import { judgeTalks } from './drawn/run.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', multiple: true },
    set: { type: 'string', default: 'dev' },
    keep: { type: 'string' },
    talks: { type: 'string' },
    jobs: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    draw: { type: 'boolean', default: false },
    states: { type: 'boolean', default: false },
    bars: { type: 'boolean', default: false },
  },
});
if (values.set !== 'dev' && values.set !== 'validation')
  throw new Error(`--set is dev or validation, not ${values.set}`);
const set: TalkSet = values.set;
/** Languages whose letters no font here has are left out, and said. */
const drawable = (kind: string): boolean => {
  const missing = kind.startsWith('language=') ? fontMissing(kind.replace('language=', '')) : undefined;
  if (missing !== undefined) process.stderr.write(`Left out: ${missing}\n`);
  return missing === undefined;
};
const named = values.kind?.flatMap((name) => kindsNamed(name, set)) ?? kindsOf(set);
const kinds = named.filter(drawable);
const drawn = recipes({ set, seed: Number(values.seed), count: Number(values.count), kinds });
const jobs = Number(values.jobs);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { signal } = stop;

if (values.draw) {
  const folder = resolve(values.talks ?? 'drawn-talks');
  const draw = (recipe: (typeof drawn)[number]): ReturnType<typeof drawTalk> => drawTalk(recipe, folder, signal);
  for await (const { path, truth } of parallel(Readable.from(drawn), draw, { limit: jobs, signal }))
    console.log(`${path}: ${truth.slides.length} slides in ${truth.duration.toFixed(1)} s`);
} else {
  const judged: Judged[] = [];
  const settings = {
    jobs,
    options: positionals,
    signal,
    ...(values.talks === undefined ? {} : { talks: resolve(values.talks) }),
    ...(values.keep === undefined ? {} : { keep: resolve(values.keep) }),
  };
  for await (const one of judgeTalks(drawn, settings)) {
    judged.push(one);
    const { f1, presence, words } = one.score;
    const figures = [f1, presence, words].map((value) => value.toFixed(3)).join(' / ');
    process.stderr.write(`${judged.length}/${drawn.length} ${one.truth.name}: f1 / presence / words ${figures}\n`);
  }
  if (values.states) {
    if (!printStates(judged)) process.exitCode = 1;
  } else printReport(judged);
  const missed = missedBars(judged, values.states);
  console.log(missed.length === 0 ? '\nEvery bar is met.' : `\nMissed:\n  ${missed.join('\n  ')}`);
  if (values.bars && missed.length > 0) process.exitCode = 1;
}
