import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { FramesiftError, systemCodeOf } from '../../core/errors.ts';
import type { VideoInfo } from '../../core/video.ts';
import { withoutKeys } from '../least.ts';
import { containerList, foreignContainer } from '../containers.ts';
import { displaySize, squareWithinRounding } from '../picture-size.ts';

const run = promisify(execFile);

const seconds = z.coerce.number().optional().catch(undefined);
const probeReply = z.object({
  streams: z.array(
    z.object({
      index: z.number(),
      codec_type: z.string().optional(),
      codec_name: z.string().default('unknown'),
      codec_tag_string: z.string().default(''),
      pix_fmt: z.string().default('unknown'),
      width: z.number().default(0),
      height: z.number().default(0),
      sample_aspect_ratio: z.string().default('1:1'),
      avg_frame_rate: z.string().default('0/0'),
      start_time: seconds,
      duration: seconds,
      disposition: z.object({ attached_pic: z.number().default(0) }).default({ attached_pic: 0 }),
      side_data_list: z
        .array(z.object({ rotation: z.number().optional(), side_data_type: z.string().optional() }))
        .default([]),
    }),
  ),
  format: z.object({ format_name: z.string().default('unknown'), start_time: seconds, duration: seconds }),
});

export interface Probed {
  readonly info: VideoInfo;
  readonly streamIndex: number;
  /** The demuxer that read it, for the program to use no other one. */
  readonly demuxer: string;
  /** Start of the whole container, from which the program counts its seeks, seconds. */
  readonly containerStartSeconds: number;
}

/** @throws FramesiftError `media`, or `dependency` when the program is not installed */
export async function probe(path: string, bytes: number, signal: AbortSignal): Promise<Probed> {
  const { streams, format } = probeReply.parse(await ffprobe(path, signal));
  const video = streams.find((stream) => stream.codec_type === 'video' && stream.disposition.attached_pic === 0);
  if (!video) {
    const what = streams.some((stream) => stream.codec_type === 'audio') ? ' (audio only)' : '';
    throw new FramesiftError('media', `${path}: has no video stream${what}. Give a file with a video track.`);
  }
  const locked = streams.some(({ side_data_list: data }) =>
    data.some((one) => one.side_data_type?.startsWith('Encryption')),
  );
  // Where only the sound is locked, the pictures' format was found out by decoding one.
  if (video.codec_tag_string === 'encv' || (locked && video.pix_fmt === 'unknown')) {
    throw new FramesiftError('media', `${path}: is encrypted. Give a file without copy protection.`);
  }
  if (video.width <= 0 || video.height <= 0) {
    throw new FramesiftError(
      'media',
      `${path}: its video stream has no picture size (broken header). Check that it plays.`,
    );
  }
  const pixelAspect = squareWithinRounding(ratio(video.sample_aspect_ratio, ':') || 1);
  // ffprobe counts counter-clockwise.
  const counter = video.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const rotation = ((-counter % 360) + 360) % 360;
  const duration = video.duration ?? format.duration;
  const frameRate = ratio(video.avg_frame_rate, '/');
  const info: VideoInfo = {
    path,
    container: format.format_name,
    codec: video.codec_name,
    pixelFormat: video.pix_fmt,
    ...displaySize(video, pixelAspect, rotation),
    codedWidth: video.width,
    codedHeight: video.height,
    rotation,
    pixelAspect,
    ...(duration === undefined ? {} : { durationSeconds: duration }),
    startSeconds: video.start_time ?? 0,
    ...(frameRate > 0 ? { frameRate } : {}),
    bytes,
  };
  const [demuxer = 'unknown'] = format.format_name.split(',');
  return { info, demuxer, streamIndex: video.index, containerStartSeconds: format.start_time ?? 0 };
}

/** Before the input of the programs: that file and nothing else is opened, and only as what holds its own data. */
export const withinFile = ['-format_whitelist', containerList, '-protocol_whitelist', 'file,pipe'] as const;

/** A header that takes longer to read is no header. */
const probeMs = 120_000;

async function ffprobe(path: string, signal: AbortSignal): Promise<unknown> {
  try {
    const args = ['-v', 'error', ...withinFile, '-of', 'json', '-show_format', '-show_streams', `file:${path}`];
    const { stdout } = await run('ffprobe', args, { signal, maxBuffer: 2 ** 24, timeout: probeMs, env: withoutKeys() });
    return JSON.parse(stdout);
  } catch (error) {
    signal.throwIfAborted();
    if (systemCodeOf(error) === 'ENOENT') throw missingProgram();
    if (/not on whitelist/i.test(String((error as { stderr?: unknown }).stderr))) {
      throw new FramesiftError('media', `${path}: ${foreignContainer}`, { cause: error });
    }
    throw new FramesiftError(
      'media',
      `${path}: is not a video that can be read (unknown or broken container). Check that it plays, or record it again.`,
      { cause: error },
    );
  }
}

export function missingProgram(): FramesiftError {
  return new FramesiftError(
    'dependency',
    'the programs ffmpeg and ffprobe are not on the PATH. Install them (Debian: apt install ffmpeg), or use --decoder node-av.',
  );
}

function ratio(text: string, separator: string): number {
  const [above = 0, below = 0] = text.split(separator).map(Number);
  return below > 0 ? above / below : 0;
}
