import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Picture } from '../../core/frame.ts';

/** Recordings with the text of their slides, and the word F1 each kind has to reach on average. */
export const talks = [
  { name: 'screen-aiven', file: 'screen-aiven.mp4', bar: 0.95 },
  { name: 'pip-whoosh', file: 'pip-whoosh.mp4', bar: 0.88 },
  { name: 'pip-hypospaces', file: 'pip-hypospaces.webm', bar: 0.88 },
  { name: 'camera-tidyverse', file: 'camera-tidyverse.mp4', bar: 0.7 },
  { name: 'talk_breast_cancer_125s', file: 'talk_breast_cancer_125s.mp4', bar: 0.88 },
] as const;
export type Talk = (typeof talks)[number];

/** The folder `talks` in $FRAMESIFT_DATA, or in ../shared/data next to the checkout. */
const folder = path.join(
  process.env['FRAMESIFT_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url)),
  'talks',
);

/** Why the talks cannot be used here, or undefined. */
export function talksMissing(): string | undefined {
  const absent = talks.find((talk) => !existsSync(path.join(folder, talk.file)));
  if (absent !== undefined) return `no ${absent.file} in ${folder}: set FRAMESIFT_DATA`;
  return spawnSync('ffmpeg', ['-version']).error === undefined ? undefined : 'no ffmpeg program';
}

export interface ShownSlide {
  readonly id: number;
  readonly text: string;
  /** The middle of the longest time that the slide's last build is shown, seconds. */
  readonly timeSeconds: number;
}

interface Truth {
  readonly segments: readonly { kind: string; slide: number; build: number; start: number; end: number }[];
  readonly slides: readonly { id: number; text: string; seconds: number }[];
}

/** The slides of a talk that hold at least three words. */
export function slidesOf(talk: Talk): ShownSlide[] {
  const truth = JSON.parse(readFileSync(path.join(folder, `${talk.name}.truth.json`), 'utf8')) as Truth;
  return truth.slides
    .filter((slide) => wordsOf(slide.text).length >= 3)
    .map(({ id, text }) => {
      const shown = truth.segments.filter((segment) => segment.kind === 'slide' && segment.slide === id);
      const last = Math.max(...shown.map((segment) => segment.build));
      const longest = shown
        .filter((segment) => segment.build === last)
        .reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
      return { id, text, timeSeconds: (longest.start + longest.end) / 2 };
    });
}

/** One frame as RGB, `width` wide if that is given. */
export function frameOf(talk: Talk, timeSeconds: number, width?: number): Picture {
  const scale = width === undefined ? [] : ['-vf', `scale=${width}:-2`];
  const output = ['-frames:v', '1', ...scale, '-c:v', 'ppm', '-pix_fmt', 'rgb24', '-f', 'image2pipe', '-'];
  const ppm = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-ss', `${timeSeconds}`, '-i', path.join(folder, talk.file), ...output],
    {
      maxBuffer: 1 << 27,
    },
  );
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 40));
  if (header === null) throw new Error(`ffmpeg gave no picture at ${timeSeconds} s of ${talk.file}`);
  const data = new Uint8Array(ppm.subarray(header[0].length));
  return { data, width: Number(header[1]), height: Number(header[2]), channels: 3 };
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/ ?\p{M}+/gu, '')
    .match(/[\p{L}\p{N}]{2,}/gu) ?? [];

/** F1 of the words with two or more letters or digits, regardless of case, accents and order. */
export function wordF1(truth: string, found: string): number {
  const left = new Map<string, number>();
  const wanted = wordsOf(truth);
  const given = wordsOf(found);
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let hits = 0;
  for (const word of given) {
    const count = left.get(word) ?? 0;
    if (count > 0) {
      hits += 1;
      left.set(word, count - 1);
    }
  }
  return wanted.length + given.length === 0 ? 1 : (2 * hits) / (wanted.length + given.length);
}
