import { availableParallelism } from 'node:os';
import { FramesiftError } from '../core/errors.ts';
import type { FrameSource } from '../core/video.ts';
import { FfmpegProgramSource } from './ffmpeg-program/source.ts';
import type { Hwaccel } from './hwaccel.ts';
import { checkInputFile } from './input-file.ts';
import { defaultLimits, type MediaLimits } from './limits.ts';
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
  /** Decode a frame when it is asked for, not ahead: decoder and caller never work at the same time. Default false. */
  readonly inTurn?: boolean;
  /**
   * Hardware to decode with. `none` (default): the CPU, which skips what is not needed and brings no frames back from a
   * card. `auto`: whatever can be had, and else the CPU; `info` says which. What is named must be had.
   */
  readonly hwaccel?: Hwaccel;
  /** Told where `auto` found nothing. */
  readonly onNotice?: (message: string) => void;
  /** What the video may take. Default: `defaultLimits`. */
  readonly limits?: Partial<MediaLimits>;
  readonly signal: AbortSignal;
}

/**
 * Opens a video file.
 *
 * @throws FramesiftError `input`, `media`, `dependency` or `crash`
 */
export async function openVideo(path: string, options: OpenVideoOptions): Promise<FrameSource> {
  const { decoder = 'auto', threads = availableParallelism(), segments = false, hwaccel = 'none' } = options;
  const { inTurn = false, signal } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const bytes = await checkInputFile(path);
  if (hwaccel !== 'none') {
    if (decoder === 'ffmpeg') throw new FramesiftError('usage', '--hwaccel needs --decoder node-av.');
    const source = await openOnHardware(path, bytes, hwaccel, options);
    if (source) return source;
  }
  if (decoder === 'ffmpeg') return FfmpegProgramSource.open(path, bytes, { limits, signal });
  try {
    if (segments && threads > 1) return await SegmentedSource.open(path, bytes, { segments: threads, limits, signal });
    return await NodeAvSource.open(path, bytes, { signal, limits, threads, ...(inTurn ? { ahead: 0 } : {}) });
  } catch (error) {
    const missing = error instanceof FramesiftError && error.code === 'dependency';
    if (decoder === 'auto' && missing) return FfmpegProgramSource.open(path, bytes, { limits, signal });
    throw error;
  }
}

/** @returns undefined where `auto` found none, which was told */
async function openOnHardware(
  path: string,
  bytes: number,
  hwaccel: Hwaccel,
  { decoder = 'auto', threads = availableParallelism(), onNotice = () => {}, limits, signal }: OpenVideoOptions,
): Promise<FrameSource | undefined> {
  const onCpu = (why: string): undefined => {
    onNotice(`Decoding on the CPU, as no hardware could be had: ${why}.`);
    return undefined;
  };
  try {
    const source = await NodeAvSource.open(path, bytes, {
      signal,
      threads,
      hwaccel,
      limits: { ...defaultLimits, ...limits },
    });
    if (source.info.hardware !== undefined) return source;
    await source[Symbol.asyncDispose]();
    return onCpu(source.info.hardwareRefused ?? 'no kind is known');
  } catch (error) {
    const missing = error instanceof FramesiftError && error.code === 'dependency';
    if (hwaccel === 'auto' && decoder === 'auto' && missing) return onCpu('node-av is not installed');
    // A driver that ends the process with it is as good as none.
    if (hwaccel === 'auto' && error instanceof FramesiftError && error.code === 'crash')
      return onCpu('its driver crashed');
    throw error;
  }
}
