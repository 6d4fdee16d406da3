/**
 * What a batch gains: eight videos with `--jobs auto`, and one long video in segments, against `--jobs 1 --threads 1`;
 * and whether memory stays flat over 200 small videos. Without text, so that decoding and looking is what is measured.
 *
 *   node bench/speed/batch.ts [--runs 3] [--only videos|segments|memory]
 *
 * Needs Linux and the ffmpeg program, and an idle machine: times by the clock are compared. Ends with 1 where a bar is missed.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BatchRecord } from '../../src/core/batch.ts';
import { sampleTalk } from '../../test/fixtures/sample.ts';
import { median } from '../quality/score.ts';
import { checkout, printTable } from '../recordings.ts';
import { costOf, type Cost } from './process-tree.ts';
import { repeatedTalk, tenMinuteTalk } from './talk.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const wants = (part: string): boolean => values.only === undefined || values.only === part;

/** By the clock on two cores, CPU time as a multiple, and growth of memory from 100 videos to 200: buffers of the processes settle before. */
const bars = { videos: 1.8, segments: 1.7, cpu: 1.1, budgetMb: 2000, growth: 1.1 } as const;

const folder = mkdtempSync(join(tmpdir(), 'framesift-batch-'));
const program = join(checkout, 'src/cli/main.ts');
const missed: string[] = [];

async function slides(inputs: readonly string[], options: readonly string[], watching?: number): Promise<Cost> {
  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  const command = [program, 'slides', ...inputs, '-o', out, '--no-text', '--quiet', ...options];
  return costOf(process.execPath, command, watching);
}

/** Rounds go through both in turn: what else the machine does falls on both alike. */
async function compare(
  name: string,
  inputs: readonly string[],
  bar: number,
  one: string[],
  all: string[],
): Promise<void> {
  const [slow, fast]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < Number(values.runs); round += 1) {
    slow.push(await slides(inputs, one));
    fast.push(await slides(inputs, all));
  }
  const of = (costs: readonly Cost[], figure: keyof Cost): number => median(costs.map((cost) => cost[figure]));
  const gain = of(slow, 'wallSeconds') / of(fast, 'wallSeconds');
  const cpu = of(fast, 'cpuSeconds') / of(slow, 'cpuSeconds');
  rows.push([
    name,
    of(slow, 'wallSeconds').toFixed(1),
    of(fast, 'wallSeconds').toFixed(1),
    `${gain.toFixed(2)} ×`,
    `${cpu.toFixed(2)} ×`,
    of(fast, 'peakMb').toFixed(0),
  ]);
  if (gain < bar) missed.push(`${name} ${gain.toFixed(2)} ×, bar ${bar}`);
  if (cpu > bars.cpu) missed.push(`CPU of ${name} ${cpu.toFixed(2)} ×, bar ${bars.cpu}`);
}

const rows: string[][] = [];
try {
  if (wants('videos')) {
    // Eight files of the five-minute talk, each a video of its own.
    const videos = join(folder, 'videos');
    mkdirSync(videos);
    for (let index = 1; index <= 8; index += 1) symlinkSync(repeatedTalk(1), join(videos, `talk-${index}.mp4`));
    await compare('8 videos', [videos], bars.videos, ['--jobs', '1', '--threads', '1'], ['--jobs', 'auto']);
  }
  if (wants('segments')) {
    const inputs = [tenMinuteTalk()];
    const exact = ['--exact', '--threads'];
    await compare(
      'segments of one, exact',
      inputs,
      bars.segments,
      [...exact, '1'],
      [...exact, `${availableParallelism()}`],
    );
    await compare('segments of one, key frames first', inputs, 1, ['--threads', '1'], []);
  }
  if (rows.length > 0) {
    printTable([`${availableParallelism()} cores`, 'one by one, s', 'together, s', 'gain', 'CPU', 'peak MB'], rows);
  }
  if (wants('memory')) {
    const { path: talk } = await sampleTalk();
    const peaks: number[] = [];
    for (const count of [100, 200]) {
      const videos = join(folder, `small-${count}`);
      mkdirSync(videos);
      for (let index = 0; index < count; index += 1) copyFileSync(talk, join(videos, `${index}.mp4`));
      const cost = await slides([videos], ['--until', '10', '--memory', `${bars.budgetMb}M`], 0.5);
      const record = JSON.parse(readFileSync(join(folder, 'out/batch.json'), 'utf8')) as BatchRecord;
      const done = record.jobs.filter(({ state }) => state === 'finished').length;
      peaks.push(cost.peakMb);
      console.log(
        `${done} of ${count} small videos: peak ${cost.peakMb.toFixed(0)} MB, ${cost.wallSeconds.toFixed(0)} s.`,
      );
      if (done < count) missed.push(`${count - done} of ${count} videos were not finished`);
    }
    const [few = 0, many = 0] = peaks;
    if (many > bars.growth * few) missed.push(`memory grew from ${few.toFixed(0)} to ${many.toFixed(0)} MB`);
    if (many > bars.budgetMb * 1.048576) missed.push(`the budget of ${bars.budgetMb} MiB was passed`);
  }
  console.log(missed.length === 0 ? 'Every bar is met.' : `Missed: ${missed.join('; ')}`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
