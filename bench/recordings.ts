import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Truth } from './quality/score.ts';

export const checkout = dirname(import.meta.dirname);

/** Where the recordings are: `FRAMESIFT_DATA`, or the shared data beside the checkout. */
export const dataFolder = process.env['FRAMESIFT_DATA'] ?? join(checkout, '../shared/data');

export interface Recording {
  readonly name: string;
  readonly path: string;
  readonly truth: Truth;
}

/** The talks of which it is known what they show. */
export function talksWithTruth(): Recording[] {
  const folder = join(dataFolder, 'talks');
  if (!existsSync(folder))
    throw new Error(`${folder}: no recordings there. Set FRAMESIFT_DATA to the folder that holds talks/.`);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.truth.json'))
    .map((file) => {
      const truth = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Truth;
      return { name: file.replace('.truth.json', ''), path: join(folder, truth.video), truth };
    });
}

/** A clip over and over as 720p30 H.264 of so many minutes, in a folder; its path. */
export function loopedVideo(clip: string, folder: string, minutes: number): string {
  const fit = 'scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:-1:-1,fps=30';
  const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p', '-an'];
  // Encoded once and repeated by copying: an hour is made in seconds.
  const round = join(folder, 'round.mp4');
  if (!existsSync(round)) execFileSync('ffmpeg', ['-v', 'error', '-i', clip, '-vf', fit, ...encode, round]);
  const video = join(folder, `${minutes}.mp4`);
  const length = ['-t', String(minutes * 60), '-c', 'copy', video];
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-i', round, ...length]);
  return video;
}

/** Columns aligned, the first to the left and the others to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  console.log(line(head));
  for (const row of rows) console.log(line(row));
}
