/**
 * Whether the on-device engine still reads the labelled clips when their picture is worse, or the camera elsewhere:
 * `node bench/quality/driver-perturbed.ts [NAME …] [--clips phone_eyes,slow_eyelid]`
 *
 * Copies of the clips, changed by ffmpeg, are scored against the clips' own labels. Ends with 1 where a bar is missed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolder, printTable } from '../recordings.ts';
import { findingsOf } from './driver-clip.ts';
import { meanIou, parseLabels, scoreClip, type ClipScore } from './driver-score.ts';

/** Filters of ffmpeg, and the quality of its H.264 (constant rate factor) where it is what is changed. */
const perturbations: Readonly<Record<string, { readonly filter: string; readonly crf?: number }>> = {
  mirrored: { filter: 'hflip' },
  'face at 0.4 of its size': { filter: 'scale=iw*0.4:-2,pad=iw/0.4:ih/0.4:(ow-iw)/2:(oh-ih)/2' },
  'face in the corner': { filter: 'pad=iw*1.4:ih*1.2:iw*0.4:0' },
  'tilted by -8°': { filter: 'rotate=-8*PI/180' },
  'tilted by 15°': { filter: 'rotate=15*PI/180' },
  'dark, 0.35 of the range': { filter: "lutyuv=y='16+(val-16)*0.35'" },
  'bright, clipped': { filter: "lutyuv=y='min(255,val*1.4+20)'" },
  'gamma 0.5': { filter: 'eq=gamma=0.5' },
  'flat, 0.4 of the contrast': { filter: "lutyuv=y='90+(val-90)*0.4'" },
  grey: { filter: 'hue=s=0' },
  'out of focus': { filter: 'gblur=sigma=2.5' },
  'noise, 30 of 255': { filter: 'noise=alls=30:allf=t' },
  'H.264 at crf 38': { filter: 'null', crf: 38 },
  '15 frames a second': { filter: 'fps=15' },
};

/** What has to hold for each copy, as mean IoU. */
const bars = { eyes_closed: 0.75, head_turned: 0.6, head_down: 0.6, mouth_wide_open: 0.6 } as const;
const states = [...Object.keys(bars), 'phone_in_hand'];
/** As in the clips as they are: one closure is in the pictures and not in the labels. */
const maxFalse = 1;

const { signal } = new AbortController();
const labels = parseLabels(readFileSync(join(dataFolder, 'driver/labels.tsv'), 'utf8'));
const { values, positionals: wanted } = parseArgs({ options: { clips: { type: 'string' } }, allowPositionals: true });
/** Parts of names of clips; outlines burned into the picture are no eyes. */
const clips = values.clips?.split(',') ?? ['phone', 'slow', 'incar', 'gaze', 'normal', 'awake', 'cap'];
const rows: string[][] = [];
const missed: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'framesift-perturbed-'));
try {
  for (const [name, { filter, crf = 16 }] of Object.entries(perturbations)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const scores: ClipScore[] = [];
    for (const file of new Set(labels.map((label) => label.file))) {
      if (!clips.some((part) => file.includes(part))) continue;
      const copy = join(folder, `${basename(file, extname(file))}.mp4`);
      perturb(join(dataFolder, 'driver', file), copy, filter, crf);
      const own = labels.filter((label) => label.file === file);
      scores.push(scoreClip(own, await findingsOf(copy, signal)));
    }
    const wrong = scores.reduce(
      (sum, { falseFindings }) => sum + falseFindings.filter(({ what }) => what === 'closure').length,
      0,
    );
    const phones = scores.reduce(
      (sum, { falseFindings }) => sum + falseFindings.filter(({ what }) => what === 'phone').length,
      0,
    );
    const down = scores.reduce((sum, { closuresLookingDown }) => sum + closuresLookingDown.length, 0);
    const ious = states.map((state) => meanIou(scores, state)?.toFixed(2) ?? '');
    rows.push([name, ...ious, String(wrong), String(down), String(phones)]);
    for (const [state, least] of Object.entries(bars)) {
      if ((meanIou(scores, state) ?? 0) < least) missed.push(`${name}: ${state}`);
    }
    if (down > 0) missed.push(`${name}: closures looking down`);
    if (phones > 0) missed.push(`${name}: false phones`);
    if (wrong > maxFalse) missed.push(`${name}: false closures`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printTable(['copy', ...states, 'false closures', 'closures looking down', 'false phones'], rows);
if (missed.length > 0) {
  console.log(`\n${missed.length} missed: ${missed.join('; ')}`);
  process.exitCode = 1;
}

function perturb(from: string, to: string, filter: string, crf: number): void {
  // H.264 takes even sides alone.
  const filters = `${filter},scale=trunc(iw/2)*2:trunc(ih/2)*2`;
  const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf)];
  const { status, stderr } = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-i',
    from,
    '-an',
    '-vf',
    filters,
    ...encode,
    to,
  ]);
  if (status !== 0) throw new Error(`ffmpeg cannot make a copy of ${from}: ${String(stderr)}`);
}
