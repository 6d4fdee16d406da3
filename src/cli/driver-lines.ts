import { relative } from 'node:path';
import type { AskVideoEvent, AskVideoSummary } from '../app/driver.ts';
import { clock, percent } from '../core/words.ts';
import type { WindowRecord } from '../engine/questions/events.ts';
import { outColours } from './colours.ts';
import { plainText } from './plain-text.ts';

/** A window's answers, one line a question. */
export function describeWindow({ span, observations }: WindowRecord): string {
  const lines = observations.map((one) => {
    const name = one.question.padEnd(17);
    if (one.state === 'failed') return `  ${name}${outColours.red(`no answer (${one.error.kind})`)}`;
    if (one.state === 'skipped') return `  ${name}${outColours.dim(`not asked: needs ${one.missing.join(', ')}`)}`;
    const values = Object.values(one.answer).map((value) => (Array.isArray(value) ? value.join('+') : String(value)));
    const sure = outColours.dim(`${percent(one.confidence)}${one.source === 'model' ? '' : `, ${one.source}`}`);
    return `  ${name}${plainText(values.join(' · '))} ${sure} ${outColours.dim(one.reason)}`;
  });
  return `${outColours.bold(clock(span.start))}\n${lines.join('\n')}\n`;
}

function startedLine({ resumed, video }: Extract<AskVideoEvent, { type: 'started' }>): string | undefined {
  const lines = [
    ...(video.hardware ? [`Decoding with ${video.hardware}.`] : []),
    ...(resumed ? ['Continuing an interrupted run.'] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : undefined;
}

/** The line that an event is worth on stderr, if it is worth one. */
export function noticeLine(event: AskVideoEvent): string | undefined {
  switch (event.type) {
    case 'started':
      return startedLine(event);
    case 'plan':
      return `Plan: ${event.plan} (${event.reason}).`;
    case 'server-away':
      return `${outColours.yellow('Paused:')} ${event.address} is away (${event.reason}); waiting for it.`;
    case 'server-back':
      return `Resumed: ${event.address} is back after ${(event.awayMs / 1000).toFixed(1)} s.`;
    case 'warning':
      return `${outColours.yellow('Warning:')} ${event.message}`;
    case 'measuring':
    case 'all-measured':
    case 'measured':
    case 'decision':
    case 'observation':
    case 'window':
    case 'activity':
  }
  return undefined;
}

/** The last words of a run: what was asked, what it cost, what was concluded, where to look. */
export function summaryLines(summary: AskVideoSummary): string[] {
  const { record, events } = summary;
  const report = `  Report  ${outColours.bold(shortPath(summary.report))}`;
  if (summary.alreadyDone) return [`${outColours.green('✓')} Already done (use --force to do it again).`, report];
  const { counts, metrics } = record;
  if (!metrics) return [report];
  const { windows, speculation, lanesInUse, windowLatencyMs, plan } = metrics;
  const rows = Object.entries(metrics.questions).map(([id, one]) => {
    const reused = one.tokensReused === undefined ? '–' : share(one.tokensReused, one.tokensIn);
    return [
      id,
      String(one.asked),
      String(one.fromCache + one.fromSimilar),
      String(one.failed + one.skipped),
      String(one.retries),
      seconds(one.queueMs.mean),
      seconds(one.firstTokenMs.mean),
      seconds(one.answerMs.mean),
      String(one.tokensIn),
      reused,
      String(one.tokensOut),
    ];
  });
  const head = [
    'question',
    'asked',
    'taken',
    'failed',
    'retries',
    'queue',
    'first',
    'answer',
    'tokens in',
    'reused',
    'out',
  ];
  const skipped = windows.still + windows.calm + windows.similar;
  const calm = windows.calm > 0 ? `, ${windows.calm} measured as calm` : '';
  return [
    `${outColours.green('✓')} ${outColours.bold(`${counts['answered'] ?? 0} answers`)} about ${windows.asked} windows in ${summary.elapsedSeconds.toFixed(1)} s, ${skipped} of ${windows.seen} windows not asked (${windows.still} still, ${windows.similar} similar${calm}).`,
    ...table([head, ...rows]).map((line) => `  ${line}`),
    `  Window latency ${seconds(windowLatencyMs.p50)} (median), ${seconds(windowLatencyMs.p95)} (95 %); lanes in use ${lanesInUse.mean} of ${metrics.concurrency}.`,
    ...(plan ? [`  Plan    ${plan.plan}: ${plan.reason}.`] : []),
    ...(speculation.asked > 0 ? [`  Guessed ${speculation.asked} questions early, ${speculation.held} held.`] : []),
    `  Events  ${titlesOf(events)}`,
    ...(summary.measured.length > 0 ? [`  Measured ${titlesOf(summary.measured)}`] : []),
    report,
  ];
}

const titlesOf = (events: readonly { readonly title: string }[]): string =>
  events.length === 0 ? 'none' : [...new Set(events.map(({ title }) => title))].join(', ');

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const share = (part: number, whole: number): string => (whole === 0 ? '–' : percent(part / whole));

function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
