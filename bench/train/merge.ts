/**
 * Trains the model that says whether two states of the picture are of one slide, on talks whose truth is known.
 *
 *   node bench/train/merge.ts --talks DIR [--talks DIR …] --results DIR [--results DIR …] [--out FILE]
 *
 * `--talks` holds `NAME.truth.json`, the `--results` at the same place the run folders `NAME` that `framesift slides` wrote
 * for them. Prints how right the model is by kind, each kind judged by a model that was trained without the talks of that
 * kind; then writes the model trained on all. The same talks give the same file.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { statesFrom, type StateRecord } from '../../src/workflows/slides/finding/state-record.ts';
import { evidenceNames, pairEvidence } from '../../src/workflows/slides/states/merge/evidence.ts';
import { pairsOf } from '../../src/workflows/slides/states/merge/merge.ts';
import { probabilityOf, type BoostedTrees } from '../../src/workflows/slides/states/merge/model.ts';
import { printTable } from '../recordings.ts';
import type { Truth } from '../quality/score.ts';
import { boost, type Example } from './boost.ts';

const { values } = parseArgs({
  options: {
    talks: { type: 'string', multiple: true, default: [] },
    results: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
  },
});

interface Talk {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly examples: readonly Example[];
}

const noSlide = -1;

/** The slide that is on screen most of the time, where that is clear and it is one. */
function slideOf(truth: Truth, { appearances }: StateRecord): number | undefined {
  const seconds = new Map<number, number>();
  let all = 0;
  for (const { start, end } of appearances) {
    all += end - start;
    for (const segment of truth.segments) {
      const shared = Math.min(end, segment.end) - Math.max(start, segment.start);
      const slide = segment.kind === 'slide' ? (segment.slide ?? noSlide) : noSlide;
      if (shared > 0) seconds.set(slide, (seconds.get(slide) ?? 0) + shared);
    }
  }
  const [slide, most] = [...seconds].toSorted((a, b) => b[1] - a[1])[0] ?? [noSlide, 0];
  return most >= 0.7 * all && slide !== noSlide ? slide : undefined;
}

function read(folder: string, results: string): Talk[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.truth.json'))
    .toSorted()
    .flatMap((file) => {
      const name = file.replace('.truth.json', '');
      const path = join(results, name, 'states.json');
      if (!existsSync(path)) return [];
      const truth = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Truth & { kinds?: readonly string[] };
      const { pictures } = JSON.parse(readFileSync(path, 'utf8')) as { pictures: readonly StateRecord[] };
      const records = new Map(pictures.map((record) => [record.id, record]));
      const { pairs, surroundings } = pairsOf(statesFrom(pictures));
      const examples = pairs.flatMap(({ before, after }): Example[] => {
        const [a, b] = [before, after].map(({ id }) => slideOf(truth, records.get(id)!));
        if (a === undefined || b === undefined) return [];
        const { evidence } = pairEvidence(before, after, surroundings);
        return [{ features: evidenceNames.map((each) => evidence[each]), label: a === b ? 1 : 0, weight: 1 }];
      });
      // A long talk has many pairs and counts no more than two short ones.
      const weight = Math.min(1, 60 / Math.max(1, examples.length));
      return [
        {
          name,
          kinds: truth.kinds ?? [truth.style ?? 'recorded'],
          examples: examples.map((one) => ({ ...one, weight })),
        },
      ];
    });
}

const errors = (model: BoostedTrees, examples: readonly Example[]): number =>
  examples.filter(({ features, label }) => (probabilityOf(model, features) >= 0.5 ? 1 : 0) !== label).length;
const examplesOf = (talks: readonly Talk[]): Example[] => talks.flatMap(({ examples }) => examples);

const talks = values.talks.flatMap((folder, at) => read(folder, values.results[at] ?? folder));
const all = examplesOf(talks);
const same = all.filter(({ label }) => label === 1).length;
console.log(`${talks.length} talks, ${all.length} pairs, ${same} of one slide`);
const kinds = [...new Set(talks.flatMap((talk) => talk.kinds))].toSorted();
const figures = kinds.flatMap((kind) => {
  const those = examplesOf(talks.filter((talk) => talk.kinds.includes(kind)));
  const others = talks.filter((talk) => !talk.kinds.includes(kind));
  if (those.length === 0 || others.length < talks.length / 3) return [];
  return [{ kind, pairs: those.length, errors: errors(boost(examplesOf(others)), those) }];
});
printTable(
  ['kind left out', 'pairs', 'wrong', 'share'],
  figures
    .toSorted((a, b) => b.errors / b.pairs - a.errors / a.pairs)
    .map((one) => [one.kind, `${one.pairs}`, `${one.errors}`, (one.errors / one.pairs).toFixed(3)]),
);
const model = boost(all);
console.log(`wrong on what it was trained on: ${errors(model, all)} of ${all.length}`);
if (values.out !== undefined) {
  const made = {
    by: 'node bench/train/merge.ts, on talks drawn by bench/quality/drawn.ts',
    talks: talks.length,
    pairs: all.length,
    ofOneSlide: same,
    wrongByKindLeftOut: Object.fromEntries(figures.map((one) => [one.kind, [one.errors, one.pairs]])),
  };
  writeFileSync(values.out, `${JSON.stringify({ made, features: evidenceNames, ...model })}\n`);
}
