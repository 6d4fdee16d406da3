import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { Picture } from '../core/frame.ts';
import { unfinishedPath } from '../core/whole-file.ts';
import { CallFailure, Caller } from '../stream/rpc.ts';
import type { EncoderMethods } from './video-writer/messages.ts';

/** The same file from either encoder, as far as two versions of x264 allow. */
export const encoding = { preset: 'veryfast', crf: '23' } as const;

/** Writes pictures as a video. Disposed before it was ended, it leaves no file. */
export interface VideoWriter extends AsyncDisposable {
  /** All of one size, three channels, in the order of their times. Resolves when the next one may come. */
  write(picture: Picture, timeSeconds: number): Promise<void>;
  /** The file takes its name. */
  end(): Promise<void>;
}

export interface VideoWriterOptions {
  /** Frames a second, at most; a picture is shown until the next one. */
  readonly rate: number;
  /** Which encoder to use. Default: node-av, and the ffmpeg program where that fails. */
  readonly encoder?: 'node-av' | 'ffmpeg';
  readonly signal: AbortSignal;
}

/** What one encoder does with a file that is not finished. */
interface Sink {
  write(picture: Picture, timeSeconds: number): Promise<void>;
  end(): Promise<void>;
  /** Ends its process, whatever state it is in. */
  stop(): Promise<void>;
}

type OpenSink = (path: string, picture: Picture, rate: number) => Promise<Sink>;

/**
 * Opens an MP4 file for pictures whose size the first one says; an odd side loses a pixel. It lies beside `path` until
 * it is whole.
 *
 * Its methods throw FramesiftError `dependency` where no encoder works and `output` where one fails. Where the disk is the
 * reason (full, gone, not writable), they throw an Error with the system's own code, `ENOSPC` and the like.
 */
export function openVideoWriter(path: string, { rate, encoder, signal }: VideoWriterOptions): VideoWriter {
  const unfinished = unfinishedPath(path);
  let sink: Sink | undefined;
  let ended = false;
  async function open(picture: Picture): Promise<Sink> {
    const reasons: string[] = [];
    for (const name of encoder === undefined ? (['node-av', 'ffmpeg'] as const) : [encoder]) {
      try {
        return await sinks[name](unfinished, picture, rate);
      } catch (error) {
        // No other encoder has more room.
        if (error instanceof DiskError) throw error;
        reasons.push(`${name}: ${messageOf(error)}`);
      }
    }
    throw new FramesiftError('dependency', `${path} cannot be encoded (${reasons.join('; ')}). Install ffmpeg.`);
  }
  const failed = (error: unknown): unknown =>
    error instanceof FramesiftError || error instanceof DiskError || (error instanceof Error && 'syscall' in error)
      ? error
      : new FramesiftError('output', `${path} cannot be encoded (${messageOf(error)}).`, { cause: error });
  return {
    async write(picture, timeSeconds) {
      signal.throwIfAborted();
      try {
        sink ??= await open(picture);
        await sink.write(picture, timeSeconds);
      } catch (error) {
        throw failed(error);
      }
    },
    async end() {
      if (!sink) throw new FramesiftError('output', `${path}: not one frame was there to be written.`);
      try {
        await sink.end();
        await rename(unfinished, path);
        ended = true;
      } catch (error) {
        throw failed(error);
      }
    },
    async [Symbol.asyncDispose]() {
      await sink?.stop();
      // What was in the way of writing may be in the way of removing, and has been told.
      if (!ended) await rm(unfinished, { force: true }).catch(() => {});
    },
  };
}

/**
 * Writes a video of two small pictures where `path` would be written, and removes it: what is wrong with the disk or the
 * encoder is known before there is much to be written.
 *
 * @throws as the methods of a writer do
 */
export async function tryVideoWriter(path: string, options: VideoWriterOptions): Promise<void> {
  const trial = unfinishedPath(path);
  await using writer = openVideoWriter(trial, options);
  const picture = { width: 64, height: 64, channels: 3, data: new Uint8Array(64 * 64 * 3) } as const;
  for (const place of [0, 1]) await writer.write(picture, place / options.rate);
  await writer.end();
  await rm(trial, { force: true });
}

/** What the system says of a file, by its words: encoders pass on nothing else. */
class DiskError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const systemWords: readonly (readonly [words: RegExp, code: string])[] = [
  [/no space left/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/permission denied|operation not permitted/i, 'EACCES'],
  [/read-only file system/i, 'EROFS'],
  [/no such file or directory/i, 'ENOENT'],
  [/not a directory/i, 'ENOTDIR'],
  [/is a directory/i, 'EISDIR'],
  [/file too large/i, 'EFBIG'],
  [/input\/output error/i, 'EIO'],
];

/** What an encoder complained of: the first line is the cause, what follows comes of it. */
function complained(complaint: string): Error {
  const code = systemWords.find(([words]) => words.test(complaint))?.[1];
  const [line = ''] = complaint.trim().split('\n', 1);
  return code === undefined ? new Error(line) : new DiskError(code, line);
}

const even = (side: number): number => Math.max(2, side - (side % 2));

async function openNodeAv(path: string, { width, height }: Picture, rate: number): Promise<Sink> {
  const entry = new URL(`./video-writer/encode-child${extname(import.meta.url)}`, import.meta.url);
  const encoder = new Caller<EncoderMethods>(
    fork(entry, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
  );
  const told = (error: unknown): never => {
    throw error instanceof CallFailure ? complained(error.message) : error;
  };
  const stop = (): Promise<void> => encoder[Symbol.asyncDispose]();
  try {
    await encoder.call('begin', { path, width: even(width), height: even(height), rate }).catch(told);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    write: (picture, timeSeconds) => encoder.call('write', { picture, timeSeconds }).catch(told),
    end: () => encoder.call('end', undefined).catch(told),
    stop,
  };
}

/** Raw pictures have no times: a picture is repeated for as many places as it is shown. */
async function openProgram(path: string, { width, height }: Picture, rate: number): Promise<Sink> {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(rate), '-i', '-'];
  const filter = `scale=${even(width)}:${even(height)}:flags=bicubic:out_range=tv:out_color_matrix=bt709,format=yuv420p`;
  const codec = ['-c:v', 'libx264', '-preset', encoding.preset, '-crf', encoding.crf, '-colorspace', 'bt709'];
  const child = spawn('ffmpeg', ['-v', 'error', '-y', ...raw, '-vf', filter, ...codec, '-f', 'mp4', path], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await once(child, 'spawn');
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, 2000)));
  const exit = once(child, 'close') as Promise<[number | null]>;
  exit.catch(() => undefined);
  // What it has to say about a broken pipe it says when it ends.
  child.stdin.on('error', () => {});
  /** Throws what it complained of where it ended badly. */
  const ended = async (): Promise<void> => {
    const [code] = await exit;
    if (code !== 0) throw complained(complaint.trim() || endedWith(child));
  };
  let written = 0;
  let last: Picture | undefined;
  const put = async (picture: Picture): Promise<void> => {
    written += 1;
    if (!isGone(child) && !child.stdin.write(picture.data)) await drainedOrEnded(child);
    if (isGone(child)) await ended();
  };
  return {
    async write(picture, timeSeconds) {
      const place = Math.round(timeSeconds * rate);
      while (last && written < place) await put(last);
      await put(picture);
      last = picture;
    },
    async end() {
      child.stdin.end();
      await ended();
    },
    stop: () => stopped(child),
  };
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
const endedWith = ({ exitCode, signalCode }: ChildProcess): string => `it ended with ${signalCode ?? exitCode}`;

/** A pipe that broke never drains; its process ends. */
async function drainedOrEnded(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.stdin!.on('drain', resolve);
  child.on('close', resolve);
  await promise;
  child.stdin!.off('drain', resolve);
  child.off('close', resolve);
}

const sinks: Readonly<Record<'node-av' | 'ffmpeg', OpenSink>> = { 'node-av': openNodeAv, ffmpeg: openProgram };

async function stopped(child: ChildProcess): Promise<void> {
  if (isGone(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
