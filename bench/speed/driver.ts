/**
 * What the on-device driver engine takes: 720p at 10 measured frames a second, decoding included, over the whole process
 * tree. `node bench/speed/driver.ts [--video FILE] [--minutes 1,6]`
 *
 * The clip (default: the first in `FRAMESIFT_DATA/driver` that shows a face) is looped to each length; peak memory at
 * the lengths says whether it grows. Needs Linux and the ffmpeg program. Ends with 1 where a bar is missed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { redecide } from '../../src/app/redecide.ts';
import { MeasurementSeries } from '../../src/store/measurement-series.ts';
import { readMeasurements, writeMeasurements } from '../../src/store/measurements.ts';
import { runFiles } from '../../src/store/run-files.ts';
import { dataFolder, loopedVideo, printTable } from '../recordings.ts';
import { costOf } from './process-tree.ts';

const { values } = parseArgs({
  options: { video: { type: 'string' }, minutes: { type: 'string', default: '1,6' } },
});
/** The run's measurements over and over until they fill an hour, decided again. */
async function redecideAnHour(run: string): Promise<number> {
  const file = join(run, runFiles.measurements);
  const rows = [...(await readMeasurements(file))];
  const length = rows.at(-1)!.timeSeconds + 0.1;
  const hour = Array.from({ length: 36_000 }, (_, index) => {
    const row = rows[index % rows.length]!;
    return { ...row, timeSeconds: row.timeSeconds + Math.floor(index / rows.length) * length };
  });
  await writeMeasurements(file, MeasurementSeries.of(hour));
  return (await redecide(run)).elapsedMs;
}

const program = join(import.meta.dirname, '../../src/cli/main.ts');
const clip = values.video ?? join(dataFolder, 'driver/incar_yawdd_woman7_yawn_talk.avi');
if (!existsSync(clip)) {
  console.error(`${clip}: no such clip. Set FRAMESIFT_DATA, or name one with --video.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'framesift-speed-'));
const rows: string[][] = [];
const peaks: number[] = [];
let slowest = Infinity;
let redecideMs = 0;
try {
  for (const minutes of values.minutes.split(',').map(Number)) {
    const video = loopedVideo(clip, folder, minutes);
    const output = join(folder, `run-${minutes}`);
    const command = ['driver', video, '--output', output];
    const { cpuSeconds, wallSeconds, peakMb } = await costOf(process.execPath, [program, ...command]);
    const run = JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as { counts: { frames: number } };
    const { frames } = run.counts;
    const times = (minutes * 60) / wallSeconds;
    slowest = Math.min(slowest, times);
    peaks.push(peakMb);
    rows.push([
      `${minutes} min`,
      `${frames}`,
      `${times.toFixed(1)}×`,
      ((cpuSeconds * 1000) / frames).toFixed(1),
      ((minutes * 60) / cpuSeconds).toFixed(1),
      peakMb.toFixed(0),
    ]);
    redecideMs = await redecideAnHour(output);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printTable(['720p, 10 a second', 'frames', 'real time', 'CPU ms a frame', 'video s per CPU s', 'peak MB'], rows);
console.log(`\nredecide: ${redecideMs.toFixed(0)} ms for an hour of measurements`);
const bars: readonly (readonly [string, boolean])[] = [
  ['at least 2× real time', slowest >= 2],
  ['redecide an hour under a second', redecideMs < 1000],
  ['memory flat: the longest run within 15 % of the shortest', Math.max(...peaks) <= Math.min(...peaks) * 1.15],
];
for (const [name, met] of bars) console.log(`${met ? 'met   ' : 'MISSED'}  ${name}`);
if (bars.some(([, met]) => !met)) process.exitCode = 1;
