import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A second of video, small, in each container and codec. */
const recipes: Readonly<Record<string, string>> = {
  'h264.mp4': '-c:v libx264 -preset veryfast -g 5 -bf 2',
  'h264-fragments.mp4': '-c:v libx264 -preset veryfast -g 5 -movflags frag_keyframe+empty_moov',
  'hevc.mp4': '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=5',
  'mpeg4.mp4': '-c:v mpeg4 -g 5 -bf 1',
  'av1.mp4': '-c:v libsvtav1 -preset 12 -svtav1-params lp=1',
  'mjpeg.mov': '-c:v mjpeg',
  'prores.mov': '-c:v prores_ks -pix_fmt yuv422p10le',
  'h264.mkv': '-c:v libx264 -preset veryfast -g 5 -bf 2',
  'hevc.mkv': '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=5',
  'ffv1.mkv': '-c:v ffv1',
  'vp8.webm': '-c:v libvpx -deadline realtime -cpu-used 8 -g 5',
  'vp9.webm': '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 5',
  'h264.ts': '-c:v libx264 -preset veryfast -g 5',
  'mpeg2.ts': '-c:v mpeg2video -g 5',
  'mpeg2.mpg': '-c:v mpeg2video -g 5',
  'mpeg4.avi': '-c:v mpeg4 -g 5',
  'mjpeg.avi': '-c:v mjpeg',
  'h264.flv': '-c:v libx264 -preset veryfast -g 5',
  'wmv2.wmv': '-c:v wmv2 -g 5',
  'theora.ogv': '-c:v libtheora -g 5',
  'gif.gif': '',
  'raw.h264': '-c:v libx264 -preset veryfast -g 5 -f h264',
  'vp8.ivf': '-c:v libvpx -deadline realtime -cpu-used 8 -g 5',
};

/** Draws them into a folder, once. Those whose encoder is not there are left out. @returns their paths */
export function videoSeeds(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(recipes).flatMap(([name, coding]) => {
    const path = join(folder, name);
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=10:duration=1'];
    const pixels = /prores|gif/.test(name) ? [] : ['-pix_fmt', /mjpeg/.test(name) ? 'yuvj420p' : 'yuv420p'];
    try {
      if (!existsSync(path)) {
        const args = ['-v', 'quiet', '-y', ...source, ...coding.split(' ').filter(Boolean), ...pixels, path];
        execFileSync('ffmpeg', args, { stdio: 'ignore' });
      }
      return [path];
    } catch {
      return [];
    }
  });
}
