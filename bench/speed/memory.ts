/**
 * Whether memory grows with the length of a talk: peak over the process tree for 5 and for 50 minutes.
 *
 *   node bench/speed/memory.ts [-- options of framesift slides]
 *
 * The long talk is the short one ten times over, without encoding again. Ends with 1 where a bar is missed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, printTable } from '../recordings.ts';
import { costOf } from './process-tree.ts';
import { repeatedTalk } from './talk.ts';

const bars = { peakMb: 900, growthMb: 40 } as const;
const folder = mkdtempSync(join(tmpdir(), 'framesift-memory-'));
const more = process.argv.slice(2).filter((argument) => argument !== '--');
try {
  const rows: string[][] = [];
  const peaks: number[] = [];
  for (const times of [1, 10]) {
    const command = [join(checkout, 'src/cli/main.ts'), 'slides', repeatedTalk(times), '-o', join(folder, `${times}`)];
    const cost = await costOf(process.execPath, [...command, '--force', '--quiet', ...more]);
    peaks.push(cost.peakMb);
    rows.push([`${5 * times} min`, cost.peakMb.toFixed(0), cost.cpuSeconds.toFixed(1), cost.wallSeconds.toFixed(1)]);
  }
  printTable(['talk', 'peak MB', 'CPU s', 'wall s'], rows);
  const [short = 0, long = 0] = peaks;
  const met = long - short < bars.growthMb && Math.max(short, long) < bars.peakMb;
  console.log(
    `Growth ${(long - short).toFixed(0)} MB, bar ${bars.growthMb}; peak bar ${bars.peakMb}. ${met ? 'Met.' : 'Missed.'}`,
  );
  if (!met) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
