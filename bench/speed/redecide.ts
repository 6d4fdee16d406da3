/**
 * How long it takes to decide the slides of an hour again. States of many runs are put together until they fill the time.
 *
 *   node bench/speed/redecide.ts --results DIR [--results DIR …] [--minutes 60] [--runs 5]
 *
 * `--results` holds run folders that `framesift slides` wrote. Prints the median of the whole command's work: reading,
 * merging, pictures, ledger, report.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { redecideSlides } from '../../src/workflows/slides/redecide.ts';
import type { Decision, RunRecord, ShownSpan } from '../../src/core/run.ts';
import type { Span } from '../../src/core/slide.ts';
import type { StateRecord, StretchRecord } from '../../src/workflows/slides/finding/state-record.ts';
import { median } from '../quality/score.ts';

const { values } = parseArgs({
  options: {
    results: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '60' },
    runs: { type: 'string', default: '5' },
  },
});

const read = (folder: string, name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const later = <S extends Span>(span: S, by: number): S => ({ ...span, start: span.start + by, end: span.end + by });

interface States {
  readonly states: StretchRecord[];
  readonly pictures: StateRecord[];
}

/** Appends a run to the one in `to`, `by` seconds later. @returns where it ends */
function append(from: string, to: string, all: States, shown: ShownSpan[], ledger: string[], by: number): number {
  const { states, pictures } = read(from, 'states.json') as States;
  const first = all.pictures.length;
  for (const stretch of states) {
    const picture = stretch.picture === undefined ? {} : { picture: stretch.picture + first };
    all.states.push({ ...later(stretch, by), ...picture });
  }
  for (const picture of pictures) {
    const id = picture.id + first;
    const appearances = picture.appearances.map((span) => later(span, by));
    all.pictures.push({ ...picture, id, appearances, time: picture.time + by });
    const name = (state: number): string => join('states', `${String(state).padStart(4, '0')}.jpg`);
    copyFileSync(join(from, name(picture.id)), join(to, name(id)));
  }
  shown.push(...(read(from, 'shown.json') as { shown: ShownSpan[] }).shown.map((span) => later(span, by)));
  for (const line of readFileSync(join(from, 'ledger.jsonl'), 'utf8').trim().split('\n')) {
    const decision = JSON.parse(line) as Decision;
    const state = decision.state === undefined ? {} : { state: decision.state + first };
    ledger.push(JSON.stringify({ ...decision, time: decision.time + by, ...state }));
  }
  return by + (read(from, 'run.json') as RunRecord).decode!.endSeconds;
}

const folder = mkdtempSync(join(tmpdir(), 'framesift-redecide-'));
try {
  const runs = values.results
    .flatMap((results) => readdirSync(results).map((name) => join(results, name)))
    .filter((run) => existsSync(join(run, 'states.json')) && existsSync(join(run, 'states')))
    .toSorted();
  if (runs.length === 0) throw new Error('--results names no folder of slides runs');
  mkdirSync(join(folder, 'states'));
  const all: States = { states: [], pictures: [] };
  const [shown, ledger]: [ShownSpan[], string[]] = [[], []];
  let seconds = 0;
  for (const run of runs)
    if (seconds < 60 * Number(values.minutes)) seconds = append(run, folder, all, shown, ledger, seconds);
  const [one] = runs as [string];
  writeFileSync(join(folder, 'states.json'), JSON.stringify(all));
  writeFileSync(join(folder, 'shown.json'), JSON.stringify({ shown, quiet: [] }));
  writeFileSync(join(folder, 'ledger.jsonl'), `${ledger.join('\n')}\n`);
  for (const name of ['run.json', 'slides.json']) copyFileSync(join(one, name), join(folder, name));
  const times: number[] = [];
  let slides = 0;
  for (let run = 0; run < Number(values.runs); run += 1) {
    const { elapsedMs, after } = await redecideSlides(folder);
    times.push(elapsedMs);
    slides = after;
  }
  const minutes = (seconds / 60).toFixed(0);
  console.log(
    `${minutes} minutes, ${all.pictures.length} states, ${slides} slides: ${(median(times) / 1000).toFixed(2)} s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
