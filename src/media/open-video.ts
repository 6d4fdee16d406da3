import { availableParallelism } from 'node:os';
import { FramesiftError } from '../core/errors.ts';
import type { FrameSource } from '../core/video.ts';
import { FfmpegProgramSource } from './ffmpeg-program/source.ts';
import { checkInputFile } from './input-file.ts';
import { SegmentedSource } from './node-av/segmented-source.ts';
import { NodeAvSource } from './node-av/source.ts';

export const decoders = ['auto', 'node-av', 'ffmpeg'] as const;
export type Decoder = (typeof decoders)[number];

export interface OpenVideoOptions {
  /** `auto` (default): node-av where it is installed, else the system's ffmpeg program. */
  readonly decoder?: Decoder;
  /** Decoder threads; default: as many as there are cores. */
  readonly threads?: number;
  /**
   * Decode segments of the video side by side, one for each thread, and join them: the same frames in the same order,
   * sooner. Each thread is a process then and holds some frames ahead. Default false.
   */
  readonly segments?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Opens a video file.
 *
 * @throws FramesiftError `input`, `media`, `dependency` or `crash`
 */
export async function openVideo(path: string, options: OpenVideoOptions): Promise<FrameSource> {
  const { decoder = 'auto', threads = availableParallelism(), segments = false, signal } = options;
  const bytes = await checkInputFile(path);
  if (decoder === 'ffmpeg') return FfmpegProgramSource.open(path, bytes, { signal });
  try {
    if (segments && threads > 1) return await SegmentedSource.open(path, bytes, { segments: threads, signal });
    return await NodeAvSource.open(path, bytes, { signal, threads });
  } catch (error) {
    const missing = error instanceof FramesiftError && error.code === 'dependency';
    if (decoder === 'auto' && missing) return FfmpegProgramSource.open(path, bytes, { signal });
    throw error;
  }
}
