import { join } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Answered, Observation } from '../core/observation.ts';
import { agreements, matchEvents, type FieldAgreement, type MatchedEvents } from '../detect/agreement.ts';
import { observationLine } from '../store/line-schemas.ts';
import { readLines } from '../store/lines.ts';
import { runFiles } from '../store/run-files.ts';
import { readEventsFile } from '../workflows/questions/read-events.ts';
import { readRecord } from '../store/run-folder.ts';
import type { RunRecord } from '../core/run.ts';

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
  readonly events: MatchedEvents;
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
  const observations = await readLines(join(folder, runFiles.observations), observationLine);
  const { asked: events } = await readEventsFile(folder);
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
