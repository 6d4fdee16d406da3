import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Answered, Observation } from '../core/observation.ts';
import { readLines } from '../store/observations.ts';
import { runFiles } from '../store/run-files.ts';
import { readRecord } from '../store/run-folder.ts';
import type { RunRecord } from '../core/run.ts';

export interface FieldAgreement {
  readonly question: string;
  readonly field: string;
  /** Windows that both runs answered. */
  readonly windows: number;
  /** Share of them with the same value, 0–1. */
  readonly agreement: number;
  /** Cohen's κ; undefined for values that are no names or truth values, and where both runs say one thing only. */
  readonly kappa: number | undefined;
}

export interface RunSide {
  readonly folder: string;
  readonly model: string;
  readonly seconds: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly answered: number;
  readonly failed: number;
  readonly events: number;
}

export interface Comparison {
  readonly runs: readonly [RunSide, RunSide];
  readonly fields: readonly FieldAgreement[];
  /** Events of the same rule that overlap, one to one. */
  readonly events: { readonly matched: number; readonly onlyFirst: number; readonly onlySecond: number };
}

/**
 * How far two runs over one video agree, beside what each cost.
 *
 * @throws FramesiftError `input` when a folder holds no such run, or the two are of different videos
 */
export async function compareRuns(first: string, second: string): Promise<Comparison> {
  const [a, b] = [await readRun(first), await readRun(second)];
  if (a.record.source.identity !== b.record.source.identity) {
    throw new FramesiftError(
      'input',
      `${first} and ${second} are runs over different videos (${a.record.source.name}, ${b.record.source.name}). Give two of one.`,
    );
  }
  return {
    runs: [sideOf(first, a), sideOf(second, b)],
    fields: agreements(a.answers, b.answers),
    events: matchEvents(a.events, b.events),
  };
}

interface Run {
  readonly record: RunRecord;
  readonly observations: readonly Observation[];
  readonly answers: readonly Answered[];
  readonly events: readonly Event[];
}

async function readRun(folder: string): Promise<Run> {
  const record = await readRecord(folder);
  if (!record?.stages.some(({ id }) => id === 'ask')) {
    throw new FramesiftError(
      'input',
      `${folder}: holds no run of questions. Give two folders that framesift ask, or driver --model, wrote.`,
    );
  }
  if (record.state !== 'finished' && record.state !== 'incomplete') {
    throw new FramesiftError('input', `${folder}: its run is not finished. Run the same command again first.`);
  }
  const observations = await readLines<Observation>(join(folder, runFiles.observations));
  const events = JSON.parse(await readFile(join(folder, runFiles.events), 'utf8')) as Event[];
  return { record, observations, events, answers: observations.filter((one) => one.state === 'answered') };
}

function sideOf(folder: string, { record, observations, events, answers }: Run): RunSide {
  const { cost, models, finished = record.started } = record;
  return {
    folder,
    model: models.find(({ use }) => use === 'questions')?.id ?? '',
    seconds: (Date.parse(finished) - Date.parse(record.started)) / 1000,
    modelCalls: cost.modelCalls,
    tokensIn: cost.tokensIn,
    tokensOut: cost.tokensOut,
    answered: answers.length,
    failed: observations.filter(({ state }) => state === 'failed').length,
    events: events.length,
  };
}

/** For each field of each question, over the windows (by their start) that both runs answered. */
export function agreements(first: readonly Answered[], second: readonly Answered[]): FieldAgreement[] {
  const place = ({ question, span }: Answered) => `${question}@${span.start}`;
  const others = new Map(second.map((one) => [place(one), one]));
  const pairs = new Map<string, [unknown, unknown][]>();
  for (const one of first) {
    const other = others.get(place(one));
    if (!other) continue;
    for (const [field, value] of Object.entries(one.answer)) {
      const key = `${one.question}\0${field}`;
      pairs.set(key, [...(pairs.get(key) ?? []), [value, other.answer[field]]]);
    }
  }
  return [...pairs].map(([key, values]) => {
    const [question = '', field = ''] = key.split('\0');
    const same = values.filter(([a, b]) => JSON.stringify(a) === JSON.stringify(b)).length;
    const named = values.every(([a, b]) => isName(a) && isName(b));
    return {
      question,
      field,
      windows: values.length,
      agreement: same / values.length,
      kappa: named ? cohensKappa(values) : undefined,
    };
  });
}

const isName = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';

/**
 * Agreement beyond chance: (observed − expected) ÷ (1 − expected), where expected comes from how often each run says
 * each value (Cohen 1960). Undefined where both only ever say the same one thing: chance would agree as well.
 */
export function cohensKappa(pairs: readonly (readonly [unknown, unknown])[]): number | undefined {
  const share = (side: 0 | 1, value: unknown) => pairs.filter((pair) => pair[side] === value).length / pairs.length;
  const values = new Set(pairs.flat());
  const observed = pairs.filter(([a, b]) => a === b).length / pairs.length;
  const expected = [...values].reduce<number>((sum, value) => sum + share(0, value) * share(1, value), 0);
  return expected === 1 ? undefined : (observed - expected) / (1 - expected);
}

/** Pairs events of one rule that overlap, each at most once, the longest overlaps first. */
export function matchEvents(first: readonly Event[], second: readonly Event[]): Comparison['events'] {
  const overlaps = first.flatMap((a) =>
    second.flatMap((b) => {
      const seconds = Math.min(a.end, b.end) - Math.max(a.start, b.start);
      return a.rule === b.rule && seconds > 0 ? [{ a, b, seconds }] : [];
    }),
  );
  const taken = new Set<Event>();
  let matched = 0;
  for (const { a, b } of overlaps.sort((x, y) => y.seconds - x.seconds)) {
    if (taken.has(a) || taken.has(b)) continue;
    taken.add(a).add(b);
    matched += 1;
  }
  return { matched, onlyFirst: first.length - matched, onlySecond: second.length - matched };
}
