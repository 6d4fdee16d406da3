/**
 * How fast it is, as ratios measured in one run: decoding alone, slides without and with text, and a plain script.
 *
 *   node bench/speed/slides.ts [--runs 3] [--no-script] [-- options of framesift slides]
 *
 * Needs Linux and the ffmpeg program; the plain script needs python3-opencv and tesseract. Ends with 1 where a bar is missed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../quality/score.ts';
import { checkout, printTable } from '../recordings.ts';
import { costOf, type Cost } from './process-tree.ts';
import { talkSeconds, tenMinuteTalk } from './talk.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, 'no-script': { type: 'boolean', default: false } },
});

/** Most CPU time, as a multiple of what `ffmpeg -i talk.mp4 -f null -` takes to decode. */
const bars = { withoutText: 0.75, withText: 2, peakMb: 900 } as const;

const talk = tenMinuteTalk();
const folder = mkdtempSync(join(tmpdir(), 'framesift-speed-'));
const framesift = (out: string, ...more: string[]): readonly string[] => [
  join(checkout, 'src/cli/main.ts'),
  'slides',
  talk,
  '-o',
  join(folder, out),
  '--force',
  '--quiet',
  ...more,
  ...positionals,
];

/** The system's own Python: a version manager's shim may come first in the path without the packages of the system. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import cv2'], { stdio: 'ignore' }).status === 0,
);
const tesseract = spawnSync('tesseract', ['--version'], { stdio: 'ignore' }).status === 0;

interface Contender {
  readonly name: string;
  readonly command: string;
  readonly options: readonly string[];
}
const contenders: Contender[] = [
  { name: 'ffmpeg -f null', command: 'ffmpeg', options: ['-v', 'error', '-i', talk, '-f', 'null', '-'] },
  { name: 'framesift --no-text', command: process.execPath, options: framesift('plain', '--no-text') },
  { name: 'framesift', command: process.execPath, options: framesift('text') },
];
if (values['no-script']) console.log('The plain script is left out.');
else if (python === undefined || !tesseract)
  console.log('The plain script is left out: it needs python3-opencv and tesseract-ocr (apt-get install).');
else
  contenders.push({
    name: 'plain script',
    command: python,
    options: [join(import.meta.dirname, 'plain_script.py'), talk, join(folder, 'script')],
  });

const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
try {
  // Round by round, not one after another: what else the machine does falls on all alike. The script is slow: once.
  for (let round = 0; round < Number(values.runs); round += 1)
    for (const { name, command, options } of contenders) {
      if (name === 'plain script' && round > 0) continue;
      costs.get(name)?.push(await costOf(command, options));
    }
  const of = (name: string, figure: keyof Cost): number => median((costs.get(name) ?? []).map((cost) => cost[figure]));
  const ratio = (name: string): number => of(name, 'cpuSeconds') / of('ffmpeg -f null', 'cpuSeconds');
  printTable(
    ['10 min 1080p30', 'CPU s', '× decoding', 'wall s', '× real time', 'peak MB'],
    contenders.map(({ name }) => [
      name,
      of(name, 'cpuSeconds').toFixed(1),
      ratio(name).toFixed(2),
      of(name, 'wallSeconds').toFixed(1),
      (talkSeconds / of(name, 'wallSeconds')).toFixed(1),
      of(name, 'peakMb').toFixed(0),
    ]),
  );
  const { slides } = JSON.parse(readFileSync(join(folder, 'text/slides.json'), 'utf8')) as {
    slides: { textState?: string }[];
  };
  const read = slides.filter(({ textState }) => textState === 'read').length;
  const extra = of('framesift', 'cpuSeconds') - of('framesift --no-text', 'cpuSeconds');
  console.log(
    `\n${slides.length} slides found, ${read} read: ${((1000 * extra) / read).toFixed(0)} CPU ms a read slide.`,
  );
  const missed = [
    ratio('framesift --no-text') > bars.withoutText &&
      `without text ${ratio('framesift --no-text').toFixed(2)} ×, bar ${bars.withoutText}`,
    ratio('framesift') > bars.withText && `with text ${ratio('framesift').toFixed(2)} ×, bar ${bars.withText}`,
    of('framesift', 'peakMb') > bars.peakMb && `peak ${of('framesift', 'peakMb').toFixed(0)} MB, bar ${bars.peakMb}`,
  ].filter((line) => line !== false);
  console.log(missed.length === 0 ? 'Every bar is met.' : `Missed: ${missed.join('; ')}`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
