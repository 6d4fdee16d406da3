import { print, printJson } from './print.ts';
import type { Command } from 'commander';
import { compareRuns, type Comparison } from '../app/compare.ts';
import { percent } from '../core/words.ts';
import { table } from './run-lines.ts';

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('say how far two runs of questions over one video agree, beside what each cost')
    .argument('<run-a>', 'a run folder')
    .argument('<run-b>', 'another one over the same video')
    .option('--json', 'print it as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action(async (first: string, second: string, { json }: { json?: boolean }) => {
      const comparison = await compareRuns(first, second);
      if (json) printJson(comparison, 2);
      else print(describeComparison(comparison));
    });
}

function describeComparison({ runs, fields, events }: Comparison): string {
  const [a, b] = runs;
  const sides = table([
    ['', 'A', 'B'],
    ['model', a.model, b.model],
    ['seconds', a.seconds.toFixed(1), b.seconds.toFixed(1)],
    ['model calls', String(a.modelCalls), String(b.modelCalls)],
    ['tokens in', String(a.tokensIn), String(b.tokensIn)],
    ['tokens out', String(a.tokensOut), String(b.tokensOut)],
    ['answers', String(a.answered), String(b.answered)],
    ['failed', String(a.failed), String(b.failed)],
    ['events', String(a.events), String(b.events)],
  ]);
  const rows = fields.map(({ question, field, windows, agreement, kappa }) => [
    `${question}.${field}`,
    String(windows),
    percent(agreement),
    kappa === undefined ? '–' : kappa.toFixed(2),
  ]);
  const same = table([['answers that agree', 'windows', 'same', 'κ'], ...rows]);
  const matched = `events: ${events.matched} in both, ${events.onlyFirst} in A alone, ${events.onlySecond} in B alone`;
  return `${[...sides, '', ...same, '', matched].join('\n')}\n`;
}
