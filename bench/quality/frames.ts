import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function pixels(input: readonly string[], filter: string, width: number, height: number): Promise<Buffer> {
  const scaled = `${filter}scale=${width}:${height}:flags=bicubic:out_range=pc,setsar=1`;
  const output = ['-vf', scaled, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...input, ...output], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
  });
  return stdout;
}

/** Peak signal-to-noise ratio of two luma pictures, dB; the same picture gives infinity. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length || a.length === 0) return 0;
  let squares = 0;
  for (const [index, value] of a.entries()) squares += (value - (b[index] ?? 0)) ** 2;
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * a.length) / squares);
}

/**
 * How alike a stored picture and the video's own frame at that time are. The frame is found by reading the video from
 * its start, so that no seeking of the ffmpeg program is trusted.
 *
 * @param time seconds from the first frame
 */
export async function likeness(
  video: string,
  time: number,
  image: string,
  size: { width: number; height: number },
): Promise<number> {
  const { width, height } = size;
  const wanted = `setpts=PTS-STARTPTS,select=gte(t\\,${(time - 0.0005).toFixed(4)}),`;
  const [frame, stored] = await Promise.all([
    pixels(['-i', video], wanted, width, height),
    pixels(['-i', image], '', width, height),
  ]);
  return psnr(frame, stored);
}
