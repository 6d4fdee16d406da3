/**
 * How much decoding, sampling a frame a second and hashing it takes beside decoding everything with the ffmpeg program:
 * all that a second's grid needs (`exact`), and key frames first; and beside a plain OpenCV loop. CPU time.
 *
 *   node bench/speed/decode.ts [--runs 3] [--no-codecs]
 *
 * Needs Linux and the ffmpeg program. Ends with 1 where a bar is missed, or where `exact` gives other pictures than full
 * decoding does.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../quality/score.ts';
import { printTable } from '../recordings.ts';
import { costOf } from './process-tree.ts';
import { codedMinute, otherCodings, tenMinuteTalk } from './talk.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, 'no-codecs': { type: 'boolean', default: false } },
});
/** Most CPU time as multiples of full decoding; least that the OpenCV loop takes, as a multiple of `exact`. */
const bars = { exact: 0.65, keyframes: 0.3, openCv: 2.8 } as const;

const runner = join(import.meta.dirname, 'decode-run.ts');
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import cv2'], { stdio: 'ignore' }).status === 0,
);
if (python === undefined) console.log('The OpenCV loop is left out: it needs python3-opencv (apt-get install).');

interface Ratios {
  readonly floor: number;
  readonly exact: number;
  readonly keyframes: number;
  readonly openCv: number | undefined;
}

/** CPU seconds, medians of rounds that go through all in turn. */
async function measure(video: string, rounds: number, withOpenCv: boolean): Promise<Ratios> {
  const floor: number[] = [];
  const exact: number[] = [];
  const keyframes: number[] = [];
  const openCv: number[] = [];
  const cpu = async (command: string, ...options: string[]) => (await costOf(command, options)).cpuSeconds;
  for (let round = 0; round < rounds; round += 1) {
    floor.push(await cpu('ffmpeg', '-v', 'error', '-i', video, '-f', 'null', '-'));
    exact.push(await cpu(process.execPath, runner, video, 'exact'));
    keyframes.push(await cpu(process.execPath, runner, video, 'key-frames'));
    if (withOpenCv && python) openCv.push(await cpu(python, join(import.meta.dirname, 'opencv_read.py'), video));
  }
  return {
    floor: median(floor),
    exact: median(exact),
    keyframes: median(keyframes),
    openCv: openCv.length > 0 ? median(openCv) : undefined,
  };
}

const digestOf = (video: string, mode: string): string =>
  (JSON.parse(execFileSync(process.execPath, [runner, video, mode], { encoding: 'utf8' })) as { digest: string })
    .digest;

const missed: string[] = [];
const rows: string[][] = [];
function report(name: string, ratios: Ratios, same: boolean): void {
  const { floor, exact, keyframes, openCv } = ratios;
  rows.push([
    name,
    floor.toFixed(1),
    (exact / floor).toFixed(2),
    (keyframes / floor).toFixed(2),
    openCv === undefined ? '' : (openCv / exact).toFixed(2),
    same ? 'yes' : 'NO',
  ]);
  if (!same) missed.push(`${name}: other pictures than full decoding`);
}

const talk = tenMinuteTalk();
const whole = await measure(talk, Number(values.runs), true);
report('H.264, 10 min, key frame every 250', whole, digestOf(talk, 'exact') === digestOf(talk, 'whole'));
if (whole.exact / whole.floor > bars.exact) missed.push(`exact ${(whole.exact / whole.floor).toFixed(2)} ×`);
if (whole.keyframes / whole.floor > bars.keyframes)
  missed.push(`key frames ${(whole.keyframes / whole.floor).toFixed(2)} ×`);
if (whole.openCv !== undefined && whole.openCv / whole.exact < bars.openCv) {
  missed.push(`OpenCV ${(whole.openCv / whole.exact).toFixed(2)} ×`);
}
if (!values['no-codecs']) {
  for (const coding of otherCodings) {
    const video = codedMinute(coding);
    report(`${coding}, 1 min`, await measure(video, 1, false), digestOf(video, 'exact') === digestOf(video, 'whole'));
  }
}
printTable(
  [
    '1080p30, a frame a second',
    'ffmpeg -f null, CPU s',
    'exact ×',
    'key frames first ×',
    'OpenCV ÷ exact',
    'to the bit',
  ],
  rows,
);
console.log(missed.length === 0 ? 'Every bar is met.' : `Missed: ${missed.join('; ')}`);
if (missed.length > 0) process.exitCode = 1;
