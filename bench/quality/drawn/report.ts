import { printTable } from '../../recordings.ts';
import { mean } from '../score.ts';
import { plainKinds } from './kinds.ts';
import type { Judged } from './judge.ts';

const columns = ['recall', 'precision', 'f1', 'presence', 'final', 'words', 'boundary'] as const;
export type Column = (typeof columns)[number];

const figure = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));
const meanOf = (judged: readonly Judged[], column: Column): number =>
  mean(judged.map(({ score }) => score[column]).filter((value) => !Number.isNaN(value)));

/** Words are asked for where people can read them: 480 lines and more, not coded away. */
const isReadable = ({ truth }: Judged): boolean =>
  truth.height >= 480 && !truth.kinds.some((kind) => /^quality=crf(3[2-9]|4)/.test(kind));

/** Least values over all talks of a run. */
export const bars: Readonly<Partial<Record<Column, number>>> = { f1: 0.97, presence: 0.95, final: 0.97, words: 0.95 };
const minOfAKind = 0.9;
const maxUnsure = 0.02;
const minRecallOfStates = 0.999;

const row = (name: string, judged: readonly Judged[]): string[] => [
  name,
  String(judged.length),
  ...columns.map((column) => figure(meanOf(column === 'words' ? judged.filter(isReadable) : judged, column))),
  figure(mean(judged.map(({ unsure }) => unsure))),
  figure(mean(judged.map(({ leaked }) => leaked).filter((value) => !Number.isNaN(value)))),
  ...(judged.some(({ states }) => states) ? [figure(statesRecall(judged))] : []),
];

function statesRecall(judged: readonly Judged[]): number {
  const all = judged.flatMap(({ states }) => states ?? []);
  const changes = all.reduce((sum, { changes }) => sum + changes, 0);
  return changes === 0 ? Number.NaN : 1 - all.reduce((sum, { missed }) => sum + missed.length, 0) / changes;
}

/** The kinds of a run, the worst first, each with the talks that are of it. */
export function byKind(
  judged: readonly Judged[],
): readonly { readonly kind: string; readonly talks: readonly Judged[] }[] {
  const kinds = new Map<string, Judged[]>();
  for (const one of judged)
    for (const kind of one.truth.kinds) {
      const talks = kinds.get(kind) ?? [];
      talks.push(one);
      kinds.set(kind, talks);
    }
  return [...kinds]
    .filter(([kind]) => !plainKinds.includes(kind))
    .map(([kind, talks]) => ({ kind, talks }))
    .toSorted((a, b) => meanOf(a.talks, 'f1') - meanOf(b.talks, 'f1'));
}

export function printReport(judged: readonly Judged[]): void {
  const states = judged.some(({ states: found }) => found) ? ['states'] : [];
  const head = (first: string): string[] => [first, 'talks', ...columns, 'unsure', 'leaked', ...states];
  const kinds = byKind(judged);
  printTable(head('kind, the worst first'), [...kinds.map(({ kind, talks }) => row(kind, talks)), row('all', judged)]);
  const worst = judged.toSorted((a, b) => a.score.f1 - b.score.f1).slice(0, 10);
  console.log('\nThe worst talks:');
  for (const { truth, score, error } of worst) {
    const unusual = truth.kinds.filter((kind) => !plainKinds.includes(kind)).join(' ');
    console.log(
      `  ${truth.name}: f1 ${figure(score.f1)}, ${score.images} images of ${score.slides} slides (${unusual})`,
    );
    if (error !== undefined) console.log(`    ${error}`);
  }
}

/** What the cut of each talk has missed. Returns whether every result says what it was cut into. */
export function printStates(judged: readonly Judged[]): boolean {
  for (const { truth, states } of judged) {
    if (!states) console.log(`${truth.name}: no states.json in the results`);
    for (const { start, end, slide, build } of states?.missed ?? [])
      console.log(`${truth.name}: missed slide ${slide} step ${build}, ${start.toFixed(2)}–${end.toFixed(2)} s`);
  }
  const found = judged.flatMap(({ states }) => states ?? []);
  const changes = found.reduce((sum, state) => sum + state.changes, 0);
  const perTrue = mean(found.map((state) => state.perTrue));
  console.log(
    `${changes} true changes, recall ${figure(statesRecall(judged))}, ${perTrue.toFixed(2)} states for each true one`,
  );
  return found.length === judged.length;
}

/** Which bars a run misses, a line each. */
export function missedBars(judged: readonly Judged[], statesAlone = false): readonly string[] {
  const recall = statesRecall(judged);
  const cut =
    recall < minRecallOfStates ? [`recall of true changes ${recall.toFixed(4)}, bar ${minRecallOfStates}`] : [];
  if (statesAlone) return cut;
  const missed = Object.entries(bars).flatMap(([column, bar]) => {
    const value = meanOf(column === 'words' ? judged.filter(isReadable) : judged, column as Column);
    return value >= bar || Number.isNaN(value) ? [] : [`${column} ${figure(value)}, bar ${bar}`];
  });
  for (const { kind, talks } of byKind(judged))
    if (!(meanOf(talks, 'f1') >= minOfAKind))
      missed.push(`${kind}: f1 ${figure(meanOf(talks, 'f1'))}, bar ${minOfAKind}`);
  const unsure = mean(judged.map((one) => one.unsure));
  if (unsure > maxUnsure) missed.push(`undecided ${figure(unsure)} of the time, at most ${maxUnsure}`);
  missed.push(...cut);
  const failed = judged.filter(({ error }) => error !== undefined).length;
  return failed > 0 ? [...missed, `${failed} talks without a result`] : missed;
}
