import { execFileSync } from 'node:child_process';
import type { Picture } from '../src/core/frame.ts';

/** Reads a JPEG or PNG by the ffmpeg program, as RGB. Throws where it cannot. */
export function readStill(path: string): Picture {
  const pipe = ['-frames:v', '1', '-f', 'image2pipe', '-c:v', 'ppm', '-'];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-i', path, ...pipe], { maxBuffer: 1 << 28 });
  // Portable pixmap: "P6", width, height and 255, each followed by white space, then three bytes a pixel.
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64));
  if (!head) throw new Error(`${path} holds no picture`);
  const [width, height] = [Number(head[1]), Number(head[2])];
  return { width, height, channels: 3, data: new Uint8Array(bytes.subarray(head[0].length)) };
}
