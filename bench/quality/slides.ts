/**
 * How right the slides are: runs the command on every talk whose truth is known, and scores what it wrote.
 *
 *   node bench/quality/slides.ts [--only NAME] [--keep-results DIR] [-- options of framesift slides]
 *
 * Ends with 1 where a bar is missed. The recordings are found by FRAMESIFT_DATA.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout, printTable, talksWithTruth, type Recording } from '../recordings.ts';
import { likeness } from './frames.ts';
import { mean, score, type Found, type Score } from './score.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, 'keep-results': { type: 'string' } },
});

const columns = ['recall', 'precision', 'f1', 'final', 'presence', 'boundary', 'words'] as const;
type Column = (typeof columns)[number];

/** Least means over talks of some styles; `boundary` is a most. */
const bars: readonly {
  readonly of: string;
  readonly styles: readonly string[];
  readonly least: Partial<Record<Column, number>>;
}[] = [
  { of: 'recorded, screen and inset', styles: ['recorded', 'screen', 'pip'], least: { recall: 0.97, precision: 0.95 } },
  { of: 'camera', styles: ['camera'], least: { recall: 0.9, precision: 0.9, words: 0.7 } },
  { of: 'screen', styles: ['screen'], least: { words: 0.95 } },
  { of: 'inset', styles: ['pip'], least: { words: 0.88 } },
  { of: 'all', styles: ['recorded', 'screen', 'pip', 'camera'], least: { final: 0.95, presence: 0.9, boundary: 0.5 } },
];
/** Recall and precision of each talk by itself. */
const minOfATalk = 0.85;
/** A JPEG of quality 85 is 33 dB and more from its frame; the frame beside it at a change is below 25. */
const minLikeness = 30;

interface Result {
  readonly recording: Recording;
  readonly score: Score;
  readonly seconds: number;
  readonly worstLikeness: number;
}

async function measure(recording: Recording, folder: string): Promise<Result> {
  const out = join(folder, recording.name);
  const began = performance.now();
  const command = [
    join(checkout, 'src/cli/main.ts'),
    'slides',
    recording.path,
    '-o',
    out,
    '--force',
    '--quiet',
    ...positionals,
  ];
  execFileSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
  const seconds = (performance.now() - began) / 1000;
  const found = JSON.parse(readFileSync(join(out, 'slides.json'), 'utf8')) as Found;
  let worstLikeness = Number.POSITIVE_INFINITY;
  for (const { timestamp, image } of found.slides) {
    const { width, height } = { width: 960, height: 540 };
    const db = await likeness(recording.path, timestamp, join(out, image ?? ''), { width, height });
    if (db < minLikeness)
      console.log(`  ${recording.name}: ${image} is not the frame at ${timestamp} s (${db.toFixed(1)} dB)`);
    worstLikeness = Math.min(worstLikeness, db);
  }
  return { recording, score: score(recording.truth, found), seconds, worstLikeness };
}

const figure = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));
const meanOf = (results: readonly Result[], column: Column): number =>
  mean(results.map((result) => result.score[column]).filter((value) => !Number.isNaN(value)));

/** Holds the means against the bars, and says which are missed. */
function missedBars(results: readonly Result[]): string[] {
  const missed: string[] = [];
  for (const { recording, score: of, worstLikeness } of results) {
    for (const column of ['recall', 'precision'] as const)
      if (of[column] < minOfATalk) missed.push(`${recording.name}: ${column} ${figure(of[column])} < ${minOfATalk}`);
    if (worstLikeness < minLikeness) missed.push(`${recording.name}: a picture is not the frame at its time`);
  }
  for (const { of, styles, least } of bars) {
    const those = results.filter(({ recording }) => styles.includes(recording.truth.style ?? ''));
    for (const column of columns) {
      const bar = least[column];
      const value = meanOf(those, column);
      // Words are not to be had in a run without text.
      if (bar === undefined || those.length === 0 || (column === 'words' && positionals.includes('--no-text')))
        continue;
      if (column === 'boundary' ? value > bar : !(value >= bar))
        missed.push(`${of}: ${column} ${figure(value)}, bar ${bar}`);
    }
  }
  return missed;
}

const folder = values['keep-results'] ?? mkdtempSync(join(tmpdir(), 'framesift-quality-'));
const recordings = talksWithTruth().filter(({ name }) => values.only === undefined || name.includes(values.only));
if (recordings.length === 0) throw new Error(`no talk is called ${values.only}`);
try {
  const results: Result[] = [];
  for (const recording of recordings) results.push(await measure(recording, folder));
  const row = (name: string, style: string, those: readonly Result[]): string[] => [
    name,
    style,
    String(those.reduce((sum, { score: of }) => sum + of.slides, 0)),
    String(those.reduce((sum, { score: of }) => sum + of.images, 0)),
    ...columns.map((column) => figure(meanOf(those, column))),
    Math.min(...those.map(({ worstLikeness }) => worstLikeness)).toFixed(1),
    mean(those.map(({ seconds }) => seconds)).toFixed(1),
  ];
  const styles = [...new Set(results.map(({ recording }) => recording.truth.style ?? '?'))].toSorted();
  printTable(
    ['talk', 'style', 'slides', 'images', ...columns, 'worst dB', 'seconds'],
    [
      ...results.map((result) => row(result.recording.name, result.recording.truth.style ?? '?', [result])),
      ...styles.map((style) =>
        row(
          'mean',
          style,
          results.filter(({ recording }) => recording.truth.style === style),
        ),
      ),
      row('mean', 'all', results),
    ],
  );
  const missed = missedBars(results);
  console.log(missed.length === 0 ? '\nEvery bar is met.' : `\nMissed:\n  ${missed.join('\n  ')}`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  if (values['keep-results'] === undefined) rmSync(folder, { recursive: true, force: true });
}
