import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pointer, speaker, still, type Canvas } from '../../src/media/sample-talk/graph.ts';
import type { Mark, SampleSlide } from '../../src/media/sample-talk/script.ts';
import { checkout } from '../recordings.ts';

const canvas: Canvas = { width: 1920, height: 1080, rate: 30 };
const slideCount = 48;
const secondsEach = 12.5;
export const talkSeconds = slideCount * secondsEach;

/** Rendered videos are kept here between runs: drawing ten minutes takes minutes. */
export const cacheFolder = process.env['FRAMESIFT_CACHE'] ?? join(tmpdir(), 'framesift-bench');

const vocabulary =
  `measure river sample carbon signal model error winter summer gauge depth filter slope delta basin flood
 storm season trend mean median share method result figure source record station sensor cloud band pixel height ground
 water level current salt plant field forest city bridge harbour coast island valley ridge north south early late rapid
 steady minor major annual weekly hourly global local open closed upper lower direct linear robust sparse dense`
    .split(/\s+/)
    .filter(Boolean);

/** Forty-eight words and some numbers a slide, the same on every machine; three looks in turn. */
function drawnSlide(index: number): SampleSlide {
  let state = 1000 + index * 7919;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  const word = (): string => vocabulary[random(vocabulary.length)] ?? '';
  const dark = index % 3 === 1;
  const color = dark ? '0xe8eef2' : '0x22303c';
  const heading = `${index + 1}. ${word()} ${word()} and ${word()}`;
  const line = (row: number): Mark => ({
    text: `${word()} ${word()} ${word()} ${word()} ${word()} ${word()} ${random(1000) / 10}`,
    x: 150,
    y: 270 + row * 84,
    size: 40,
    color,
  });
  return {
    background: ['0xfcfbf7', '0x14303f', '0xeef4f6'][index % 3] ?? 'white',
    builds: 1,
    marks: [
      { text: heading, x: 120, y: 110, size: 64, color, bold: true },
      { box: [120, 204, 160, 8], color: '0xd9822b' },
      ...Array.from({ length: 8 }, (_, row) => line(row)),
    ],
  };
}

function graph(): string {
  const fonts = join(checkout, 'assets/fonts');
  const named = { regular: join(fonts, 'DejaVuSans-latin.ttf'), bold: join(fonts, 'DejaVuSans-Bold-latin.ttf') };
  const labels = Array.from({ length: slideCount }, (_, index) => `[s${index}]`);
  const parts = labels.map((label, index) => `${still(drawnSlide(index), 1, secondsEach, named, canvas)}${label}`);
  parts.push(`${labels.join('')}concat=n=${slideCount}:v=1:a=0[talk]`);
  parts.push(`${speaker(talkSeconds, { width: 360, height: 270, rate: canvas.rate }, 14)}[inset]`);
  parts.push(`[talk][inset]overlay=x=1530:y=780:shortest=1[seen]`, `${pointer(talkSeconds, canvas.rate)}[arrow]`);
  parts.push(`[seen][arrow]overlay=x='900+700*sin(t/3)':y='560+380*sin(t/2)':shortest=1,format=yuv420p[out]`);
  return parts.join(';\n');
}

function ffmpeg(...options: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function cached(name: string, make: (path: string) => void): string {
  mkdirSync(cacheFolder, { recursive: true });
  const path = join(cacheFolder, name);
  if (existsSync(path)) return path;
  console.log(`Making ${path}, once …`);
  // Its ending says which container it is.
  const unfinished = join(cacheFolder, `unfinished-${name}`);
  make(unfinished);
  renameSync(unfinished, path);
  return path;
}

/** Ten minutes in 1080p30 H.264: 48 slides, a grainy moving inset, a pointer; a key frame every 250. */
export function tenMinuteTalk(): string {
  return cached('talk-10min-1.mp4', (path) => {
    const script = join(cacheFolder, 'talk.graph');
    writeFileSync(script, graph());
    const quality = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-g', '250'];
    ffmpeg('-filter_complex_script', script, '-map', '[out]', ...quality, path);
  });
}

/** The first five minutes of that talk, `times` over, without encoding again. */
export function repeatedTalk(times: number): string {
  return cached(`talk-${5 * times}min-1.mp4`, (path) => {
    const half = cached('talk-half-1.mp4', (to) => ffmpeg('-t', '300', '-i', tenMinuteTalk(), '-c', 'copy', to));
    const list = join(cacheFolder, `list-${times}.txt`);
    writeFileSync(list, `file '${half}'\n`.repeat(times));
    ffmpeg('-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', path);
  });
}

const codings = {
  'H.264, key frame every 60': ['mp4', '-c:v libx264 -preset veryfast -crf 23 -g 60'],
  'H.264, key frame every 30': ['mp4', '-c:v libx264 -preset veryfast -crf 23 -g 30'],
  HEVC: ['mp4', '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=250'],
  VP9: ['webm', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 2M -g 250'],
  AV1: ['mp4', '-c:v libsvtav1 -preset 12 -crf 40 -g 250'],
} as const;
export type Coding = keyof typeof codings;
export const otherCodings = Object.keys(codings) as readonly Coding[];

/** A minute of that talk, coded in another way. */
export function codedMinute(coding: Coding): string {
  const [ending, options] = codings[coding];
  return cached(`talk-${coding.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-1.${ending}`, (path) => {
    ffmpeg('-t', '60', '-i', tenMinuteTalk(), '-an', ...options.split(' '), path);
  });
}
