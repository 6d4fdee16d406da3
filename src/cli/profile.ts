import { shortPath } from './run-lines.ts';
import { outColours } from './print.ts';
import { join } from 'node:path';
import { readProfile } from '../app/profile.ts';
import { runFiles } from '../store/run-files.ts';
import type { Profile } from '../app/profile.ts';
import { percent } from '../core/words.ts';

/** The lines of `--profile` for the run in a folder, with which a summary ends. */
export async function profileLines(folder: string, alreadyDone: boolean): Promise<string> {
  const profile = await readProfile(folder);
  if (!profile) return '';
  const trace = shortPath(join(folder, runFiles.trace));
  return describeProfile(profile, alreadyDone ? undefined : trace);
}

/**
 * Where the time went: by who worked, each stage with its working apart from its waiting. Decoding, this process and its
 * threads work at the same time, so shares of the whole time may add up to more than one.
 */
export function describeProfile({ wallMs, cpuMs, stages }: Profile, trace?: string): string {
  const header = ['', 'works', 'waits', 'times', 'of the time'];
  const body = (['decoder', 'here', 'thread', 'server'] as const).flatMap((where) => {
    const rows = stages
      .filter((stage) => (stage.where ?? 'here') === where)
      .toSorted((a, b) => b.workMs - a.workMs || (b.waitMs ?? 0) - (a.waitMs ?? 0))
      .map(({ stage, workMs, waitMs = 0, count, share }) => [
        `  ${stage}`,
        workMs > 0 || waitMs === 0 ? seconds(workMs) : '',
        waitMs > 0 ? seconds(waitMs) : '',
        count.toLocaleString('en'),
        workMs > 0 ? percent(share) : '',
      ]);
    return rows.length > 0 ? [[titles[where]], ...rows] : [];
  });
  const table = [header, ...body];
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row.length > 1 ? row[column]!.length : 0))));
  const lines = table.map((row) => {
    if (row.length === 1) return outColours.bold(row[0]);
    return row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ');
  });
  const cpu = `CPU ${seconds(cpuMs.decoder + cpuMs.here)} in ${seconds(wallMs)}: decoder ${seconds(cpuMs.decoder)}, the rest ${seconds(cpuMs.here)}.`;
  const more = trace === undefined ? [] : [`  Trace   ${outColours.bold(trace)} (open it at ui.perfetto.dev)`];
  return ['', ...lines.map((line) => line.trimEnd()), '', `  ${cpu}`, ...more, ''].join('\n');
}

const titles = {
  decoder: 'Decoding process',
  here: 'This process',
  thread: 'Its other threads',
  server: 'Servers of models',
} as const;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`;
