import { outColours } from './print.ts';
import { plainText } from '../core/plain-text.ts';
import { relative } from 'node:path';
import type { MeasuredEvent } from '../core/driver-state.ts';
import type { Observation } from '../core/observation.ts';
import type { Span } from '../core/slide.ts';
import { clock, percent } from '../core/words.ts';

/** A window's answers, one line a question. */
export function describeWindow(span: Span, observations: readonly Observation[]): string {
  const lines = observations.map((one) => {
    const name = plainText(one.question).padEnd(17);
    if (one.state === 'failed') return `  ${name}${outColours.red(`no answer (${plainText(one.error.kind)})`)}`;
    if (one.state === 'skipped')
      return `  ${name}${outColours.dim(`not asked: needs ${plainText(one.missing.join(', '))}`)}`;
    const values = Object.values(one.answer).map((value) => (Array.isArray(value) ? value.join('+') : String(value)));
    const sure = outColours.dim(`${percent(one.confidence)}${one.source === 'model' ? '' : `, ${one.source}`}`);
    return `  ${name}${plainText(values.join(' · '))} ${sure} ${outColours.dim(plainText(one.reason))}`;
  });
  return `${outColours.bold(clock(span.start))}\n${lines.join('\n')}\n`;
}

/** An event's line, with its level and how sure it is; with the opinion of a model below it, where one was asked. */
export function describeMeasured({ start, end, title, severity, confidence, opinion }: MeasuredEvent): string {
  const colour = { info: outColours.cyan, warning: outColours.yellow, alarm: outColours.red }[severity];
  const about = outColours.dim(`(${severity}, ${percent(confidence)})`);
  const line = `${start.toFixed(1).padStart(8)}–${end.toFixed(1)} s  ${colour(plainText(title))} ${about}`;
  if (!opinion) return line;
  if (opinion.state === 'failed') {
    return `${line}\n          ${outColours.dim(`no opinion (${plainText(opinion.message)})`)}`;
  }
  const says = { yes: 'seen by the model too', no: 'not seen by the model', 'cannot tell': 'the model cannot tell' };
  const sure = `(${percent(opinion.confidence)})`;
  return `${line}\n          ${says[opinion.seen]} ${outColours.dim(`${sure}: ${plainText(opinion.reason)}`)}`;
}

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return plainText(near.startsWith('..') || near === '' ? path : near);
}
