/**
 * What servers that mean harm do to a run: peak memory over the process tree and time, against a friendly one.
 *
 *   node bench/speed/hostile.ts [--only endless,brackets]
 *
 * Each mode of the simulated server that fails questions is asked about a short video with the default options but for short
 * time limits. Ends with 1 where a bar is missed. Needs Linux.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeMovingVideo } from '../../test/fixtures/videos.ts';
import { checkout, printTable } from '../recordings.ts';
import { costOf } from './process-tree.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const all = [
  'endless',
  'brackets',
  'endless-line',
  'drip',
  'comments',
  'gzip',
  'endless-error',
  'fails',
  'always-thinks',
];
const modes = values.only?.split(',') ?? all;
/** A run with a hostile server against one with a friendly one. */
const bar = { moreMb: 300, seconds: 120 } as const;
const folder = mkdtempSync(join(tmpdir(), 'framesift-hostile-'));

async function measure(mode: string, video: string): Promise<{ peakMb: number; wallSeconds: number }> {
  const main = join(checkout, 'bench/simulated-server/main.ts');
  const server = spawn(process.execPath, [main, '--mode', mode, '--speed', '50'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const { ollama } = JSON.parse(line.toString()) as { ollama: string };
    const limits = ['--first-token-seconds', '3', '--answer-seconds', '3', '--no-cache', '--no-adaptive', '--quiet'];
    const output = ['-o', join(folder, mode)];
    const command = ['driver', video, '--no-measure', '--model', ollama, ...limits, ...output];
    const words = [process.execPath, join(checkout, 'src/cli/main.ts'), ...command].map((word) => `'${word}'`);
    // A run that fails is what is measured here.
    return await costOf('sh', ['-c', `${words.join(' ')} 2>/dev/null; exit 0`], 0.3);
  } finally {
    server.kill();
  }
}

let missed = 0;
try {
  const video = makeMovingVideo(folder, 40, '320x240');
  const friendly = await measure('friendly', video);
  const rows = [['friendly', friendly.peakMb.toFixed(0), '', friendly.wallSeconds.toFixed(1)]];
  for (const mode of modes) {
    const { peakMb, wallSeconds } = await measure(mode, video);
    const more = peakMb - friendly.peakMb;
    if (more > bar.moreMb || wallSeconds > bar.seconds) missed += 1;
    rows.push([mode, peakMb.toFixed(0), more.toFixed(0), wallSeconds.toFixed(1)]);
  }
  printTable(['server', 'peak MB', 'more than friendly', 's'], rows);
  console.log(`Bars: ${bar.moreMb} MB more, ${bar.seconds} s. ${missed === 0 ? 'Met.' : `Missed by ${missed}.`}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (missed > 0) process.exitCode = 1;
