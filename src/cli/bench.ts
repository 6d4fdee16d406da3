import { errorColours, outColours, print, printAside, printJson } from './print.ts';
import type { Command } from 'commander';
import { benchmark } from '../app/benchmark.ts';
import type { Benchmark } from '../app/benchmark.ts';
import { interruptible } from './ending.ts';

interface Flags {
  readonly json?: boolean;
}

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('measure this machine with the sample talk: decoding, slides without and with text (half a minute)')
    .option('--json', 'as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action((flags: Flags) => showBenchmark(flags));
}

async function showBenchmark({ json }: Flags): Promise<void> {
  using signal = interruptible();
  const watched = !json && process.stderr.isTTY;
  if (watched) printAside(errorColours.dim('Drawing a talk of one minute, then measuring …\n'));
  const result = await benchmark({ signal }, ({ name }) => {
    if (watched) printAside(errorColours.dim(`  ${name}: done\n`));
  });
  if (json) printJson(result, 2);
  else print(describe(result));
}

function describe({ framesift, node, machine, videoSeconds, rows }: Benchmark): string {
  const header = [`${Math.round(videoSeconds)} s of 720p`, '× real time', 'wall s', 'CPU s', 'peak MB'];
  const body = rows.map(({ name, timesRealTime, wallSeconds, cpuSeconds, peakMb }) => [
    name,
    timesRealTime.toFixed(1),
    wallSeconds.toFixed(1),
    cpuSeconds.toFixed(1),
    peakMb.toFixed(0),
  ]);
  const table = [header, ...body];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  const { processor, cores, platform } = machine;
  const where = `framesift ${framesift} · Node ${node} · ${processor}, ${cores} core${cores === 1 ? '' : 's'} · ${platform}`;
  return `${[outColours.bold(lines[0]), ...lines.slice(1), '', where].join('\n')}\n`;
}
