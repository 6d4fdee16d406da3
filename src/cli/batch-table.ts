import { nameOf, outColours } from './print.ts';
import { plainText } from '../core/plain-text.ts';
import { shortPath } from './run-lines.ts';
import type { BatchSummary, JobRecord } from '../core/batch.ts';
import { count, lasting } from '../core/words.ts';

/** Videos that are listed one by one; of longer batches those that did not go well. */
const maxRows = 40;

/** The last words of a batch: a table of its videos and what all of them together came to. */
export function describeBatch({ folder, jobs, elapsedSeconds, peakMemoryMb }: BatchSummary): string {
  const done = jobs.filter(({ state }) => state === 'finished' || state === 'incomplete');
  const seconds = sum(done, ({ videoSeconds = 0 }) => videoSeconds);
  const fresh = done.filter(({ alreadyDone }) => !alreadyDone);
  const freshSeconds = sum(fresh, ({ videoSeconds = 0 }) => videoSeconds);
  const cpu = sum(done, ({ cost }) => (cost?.cpuMs ?? 0) / 1000);
  const calls = sum(done, ({ cost }) => cost?.modelCalls ?? 0);
  const tokens = sum(done, ({ cost }) => (cost?.tokensIn ?? 0) + (cost?.tokensOut ?? 0));
  const money = sum(done, ({ cost }) => cost?.money ?? 0);
  const partly = done.filter(({ state }) => state === 'incomplete').length;
  const mark = done.length === jobs.length && partly === 0 ? outColours.green('✓') : outColours.yellow('!');
  const speed = fresh.length > 0 && elapsedSeconds > 0 ? ` (${rate(freshSeconds / elapsedSeconds)}× real time)` : '';
  const facts = [
    `${rounded(cpu)} s of CPU`,
    ...(calls > 0 ? [`${count(calls)} model calls, ${count(tokens)} tokens`] : []),
    ...(money > 0 ? [`${money.toFixed(money < 1 ? 4 : 2)} by the price given`] : []),
    ...(peakMemoryMb > 0 ? [`${peakMemoryMb} MB at most`] : []),
  ];
  return [
    ...tableOf(jobs),
    '',
    `${mark} ${outColours.bold(`${done.length} of ${jobs.length} videos`)}, ${lasting(seconds)} of video, in ${lasting(elapsedSeconds)}${speed}; ${partly > 0 ? `${outColours.yellow(`${partly} incomplete`)}; ` : ''}${facts.join(', ')}.`,
    `  Results ${outColours.bold(shortPath(folder))}`,
    '',
  ].join('\n');
}

/** A line for each video. */
export function tableOf(jobs: readonly JobRecord[]): string[] {
  const shown = jobs.length <= maxRows ? jobs : jobs.filter(({ state }) => state !== 'finished').slice(0, maxRows);
  const rows = shown.map((job) => [
    nameOf(job.video),
    job.state === 'finished' && job.alreadyDone ? 'done before' : job.state,
    job.error ? '' : (job.results ?? ''),
    job.videoSeconds === undefined ? '' : lasting(job.videoSeconds),
    job.elapsedSeconds === undefined ? '' : `${rounded(job.elapsedSeconds)} s`,
    job.cost === undefined ? '' : `${rounded(job.cost.cpuMs / 1000)} s`,
    job.cost?.modelCalls ? `${job.cost.modelCalls} calls` : '',
  ]);
  const head = ['video', 'state', 'results', 'length', 'time', 'CPU', ''];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column >= 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  const left = jobs.length - shown.length;
  return [
    outColours.dim(line(head)),
    ...rows.map((row, index) => coloured(shown[index]!, line(row) + complaint(shown[index]!))),
    ...(left > 0 ? [outColours.dim(`… and ${left} more: batch.json has all of them.`)] : []),
  ];
}

/** What went wrong, at the end of its line, where it may be as long as it is. */
function complaint({ video, error }: JobRecord): string {
  return error ? `  ${plainText(error.message.replace(`${video}: `, ''))}` : '';
}

function coloured({ state }: JobRecord, line: string): string {
  if (state === 'failed') return outColours.red(line);
  return state === 'interrupted' || state === 'waiting' ? outColours.yellow(line) : line;
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, item) => all + of(item), 0);
const rounded = (value: number): string => (value < 10 ? value.toFixed(1) : count(value));
const rate = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
