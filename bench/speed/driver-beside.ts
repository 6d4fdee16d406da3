/**
 * What `driver --model` takes beside its halves: measuring alone, asking alone (of a video that is measured already), and
 * both side by side. Against a simulated server in a process of its own.
 *
 *   node bench/speed/driver-beside.ts [--video FILE] [--minutes 4] [--slots 4] [--speed 4]
 *
 * The clip (default: one in `FRAMESIFT_DATA/driver`) is looped to 720p of that length. Cache and combined prompts are off.
 * Needs Linux and the ffmpeg program. Ends with 1 where a bar is missed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout, dataFolder, loopedVideo, printTable } from '../recordings.ts';
import { costOf } from './process-tree.ts';
import { startServer } from './questions/server-process.ts';

const { values } = parseArgs({
  options: {
    video: { type: 'string' },
    minutes: { type: 'string', default: '4' },
    slots: { type: 'string', default: '4' },
    speed: { type: 'string', default: '4' },
  },
});
/** Of the time of both halves one after the other, and of the longer one. */
const bars = { ofSum: 0.75, ofLonger: 1.25, firstQuestionSeconds: 10 } as const;

const clip = values.video ?? join(dataFolder, 'driver/incar_yawdd_woman7_yawn_talk.avi');
if (!existsSync(clip)) {
  console.error(`${clip}: no such clip. Set FRAMESIFT_DATA, or name one with --video.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'framesift-beside-'));
try {
  const video = loopedVideo(clip, folder, Number(values.minutes));
  await using server = await startServer({ slots: Number(values.slots), speed: Number(values.speed) });
  const program = join(checkout, 'src/cli/main.ts');
  const asking = ['--model', server.openai, '--no-cache', '--plan', 'lanes', '--image-side', '672'];
  const driver = (output: string, ...flags: string[]) =>
    costOf(process.execPath, [program, 'driver', video, '-q', '-o', join(folder, output), ...flags]);

  const measuring = await driver('halves');
  const asked = await driver('halves', ...asking);
  await server.forget();
  const began = Date.now();
  const both = await driver('both', ...asking);
  const served = await server.served();
  const firstSeconds = (Math.min(...served.map(({ cameAt }) => cameAt)) - began) / 1000;
  const measuredAt = statSync(join(folder, 'both/measured.json')).mtimeMs;
  const meanwhile = served.filter(({ cameAt }) => cameAt < measuredAt).length;
  const same = ['ledger.jsonl', 'events.json', 'spans.json'].every((file) =>
    readFileSync(join(folder, 'halves', file)).equals(readFileSync(join(folder, 'both', file))),
  );

  const row = (name: string, { wallSeconds, cpuSeconds, peakMb }: typeof both): string[] => [
    name,
    wallSeconds.toFixed(1),
    cpuSeconds.toFixed(1),
    peakMb.toFixed(0),
  ];
  console.log(`${values.minutes} minutes of 720p, ${values.slots} slots at ${values.speed} × speed`);
  printTable(
    ['', 'seconds', 'CPU seconds', 'peak MB'],
    [row('measuring alone', measuring), row('asking, all measured', asked), row('side by side', both)],
  );
  const ofSum = both.wallSeconds / (measuring.wallSeconds + asked.wallSeconds);
  const ofLonger = both.wallSeconds / Math.max(measuring.wallSeconds, asked.wallSeconds);
  console.log(
    `\nside by side: ${ofSum.toFixed(2)} of one after the other, ${ofLonger.toFixed(2)} of the longer one; first question after ${firstSeconds.toFixed(1)} s, ${meanwhile} of ${served.length} while measuring`,
  );
  const met: readonly (readonly [string, boolean])[] = [
    ['the same results', same],
    [`at most ${bars.ofSum} of one after the other`, ofSum <= bars.ofSum],
    [`at most ${bars.ofLonger} of the longer one`, ofLonger <= bars.ofLonger],
    [`first question within ${bars.firstQuestionSeconds} s`, firstSeconds <= bars.firstQuestionSeconds],
  ];
  for (const [name, ok] of met) console.log(`${ok ? 'met   ' : 'MISSED'}  ${name}`);
  if (met.some(([, ok]) => !ok)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
