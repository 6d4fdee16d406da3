import { readFile } from 'node:fs/promises';
import { FramesiftError } from '../core/errors.ts';

/** What one video may take. A file that wants more is refused, or given up, in one line. */
export interface MediaLimits {
  /** Pixels of one picture. 100 million: 16K cinema is 132, 8K is 33. */
  readonly maxPixels: number;
  /** Frames of the video. 20 million: four days at 60 a second. */
  readonly maxFrames: number;
  /** Memory of a decoding process, MiB, where the system tells of it (Linux). */
  readonly maxMemoryMb: number;
}

export const defaultLimits: MediaLimits = { maxPixels: 100_000_000, maxFrames: 20_000_000, maxMemoryMb: 4096 };

/** @throws FramesiftError `media` for pictures that are larger than allowed */
export function checkPixels(path: string, size: { width: number; height: number }, { maxPixels }: MediaLimits): void {
  const { width, height } = size;
  if (width * height <= maxPixels) return;
  throw new FramesiftError(
    'media',
    `${path}: its pictures of ${width} × ${height} pixels are larger than the limit of ${maxPixels}. If they are to be read: --max-pixels ${width * height}`,
  );
}

/** What is thrown for a video of more frames than allowed. */
export const tooManyFrames = ({ maxFrames }: MediaLimits): FramesiftError =>
  new FramesiftError('media', `has more than ${maxFrames} frames, the limit. If they are to be read: --max-frames`);

const lookEveryMs = 500;

/**
 * Watches the memory of another process.
 *
 * @param onExceeded told how much it is, MiB, once it is more than allowed
 */
export function watchMemory(
  pid: number | undefined,
  maxMb: number,
  onExceeded: (megabytes: number) => void,
): Disposable {
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const megabytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    if (megabytes <= maxMb) return;
    clearInterval(timer);
    onExceeded(Math.round(megabytes));
  };
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
