/**
 * A batch of driver videos asked of one simulated server with eight slots, in a process of its own: how busy the slots
 * are after warm-up, and videos an hour beside today's way (one video at a time, five questions in turn).
 *
 *   node bench/speed/batch-driver.ts [--videos 20] [--windows 30] [--speed 4]
 *
 * Cache, adaptive sampling, measuring and combined prompts are off. Ends with 1 where a bar is missed.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { driver } from '../../src/workflows/driver/workflow.ts';
import type { Served } from '../simulated-server/server.ts';
import { checkout } from '../recordings.ts';
import { costOf } from './process-tree.ts';
import { startServer } from './questions/server-process.ts';
import { todaysWay } from './questions/todays-way.ts';

const { values } = parseArgs({
  options: {
    videos: { type: 'string', default: '20' },
    windows: { type: 'string', default: '30' },
    speed: { type: 'string', default: '4' },
  },
});
const [count, windows, speed] = [Number(values.videos), Number(values.windows), Number(values.speed)];
const slots = 8;
const bars = { busy: 0.95, gain: 8 } as const;

/**
 * Share of the slots' time that they worked, without each one's first windows, in which the run begins, and its last,
 * in which there is less left to ask than there are slots.
 */
function busyShare(served: readonly Served[]): number {
  const ends = served.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b);
  const perRound = slots * driver.questions.length;
  const [from = 0, to = 0] = [ends[3 * perRound], ends[ends.length - 1 - perRound]];
  const within = served.map(({ cameAt, queueMs, endedAt }) => {
    return Math.max(0, Math.min(to, endedAt) - Math.max(from, cameAt + queueMs));
  });
  return within.reduce((sum, ms) => sum + ms, 0) / (slots * (to - from));
}

const folder = mkdtempSync(join(tmpdir(), 'framesift-batch-driver-'));
try {
  const videos = join(folder, 'videos');
  mkdirSync(videos);
  const first = join(videos, '1.mp4');
  const source = `testsrc2=size=1280x720:rate=10:duration=${windows * 2}`;
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '50'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...coding, first]);
  for (let index = 2; index <= count; index += 1) copyFileSync(first, join(videos, `${index}.mp4`));
  await using server = await startServer({ slots, speed });

  const today = await todaysWay(server, first, { slots: 1, windows: Math.min(windows, 12) });
  // Each video is opened, this way too.
  const { openSeconds, windowsPerSecond } = today.figures;
  const todaysSecondsEach = Number(openSeconds) + windows / Number(windowsPerSecond);

  await server.forget();
  const program = join(checkout, 'src/cli/main.ts');
  const asking = ['--model', server.openai, '--no-measure', '--no-cache', '--no-adaptive', '--plan', 'lanes'];
  const out = join(folder, 'out');
  const cost = await costOf(process.execPath, [
    program,
    'driver',
    videos,
    '-o',
    out,
    ...asking,
    '--image-side',
    '672',
    '-q',
  ]);
  const served = await server.served();
  const busy = busyShare(served);
  const gain = (todaysSecondsEach * count) / cost.wallSeconds;
  const perHour = (seconds: number): string => (3600 / seconds).toFixed(0);
  console.log(`${count} videos of ${windows} windows, ${served.length} questions, ${slots} slots at ${speed} × speed`);
  console.log(`today's way: ${perHour(todaysSecondsEach)} videos an hour`);
  console.log(
    `a batch:     ${perHour(cost.wallSeconds / count)} videos an hour, ${gain.toFixed(2)} × (bar ${bars.gain})`,
  );
  console.log(`slots busy after warm-up: ${(100 * busy).toFixed(1)} % (bar ${100 * bars.busy} %)`);
  console.log(`peak memory ${cost.peakMb.toFixed(0)} MB, ${cost.cpuSeconds.toFixed(1)} s of CPU`);
  if (served.length !== count * windows * driver.questions.length) {
    console.log('Missed: questions were left out or asked twice.');
    process.exitCode = 1;
  }
  if (busy < bars.busy || gain < bars.gain) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
