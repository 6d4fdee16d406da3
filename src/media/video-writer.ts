import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { Picture } from '../core/frame.ts';
import type { FromEncoder, ToEncoder } from './video-writer/messages.ts';

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
 * Its methods throw FramesiftError `dependency` where no encoder works and `output` where writing fails.
 */
export function openVideoWriter(path: string, { rate, encoder, signal }: VideoWriterOptions): VideoWriter {
  const unfinished = `${path}.${process.pid}.part`;
  let sink: Sink | undefined;
  let ended = false;
  async function open(picture: Picture): Promise<Sink> {
    const reasons: string[] = [];
    for (const name of encoder === undefined ? (['node-av', 'ffmpeg'] as const) : [encoder]) {
      try {
        return await sinks[name](unfinished, picture, rate);
      } catch (error) {
        reasons.push(`${name}: ${messageOf(error)}`);
      }
    }
    throw new FramesiftError('dependency', `${path} cannot be encoded (${reasons.join('; ')}). Install ffmpeg.`);
  }
  const failed = (error: unknown): FramesiftError =>
    error instanceof FramesiftError
      ? error
      : new FramesiftError('output', `${path} cannot be written (${messageOf(error)}).`, { cause: error });
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
      if (!ended) await rm(unfinished, { force: true });
    },
  };
}

const even = (side: number): number => Math.max(2, side - (side % 2));

async function openNodeAv(path: string, { width, height }: Picture, rate: number): Promise<Sink> {
  const child = fork(new URL(`./video-writer/encode-child${extname(import.meta.url)}`, import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const ask = async (message: ToEncoder): Promise<void> => {
    const gone = new AbortController();
    const { signal } = gone;
    try {
      const answer = once(child, 'message', { signal });
      const exit = once(child, 'exit', { signal }).then(([code, how]) =>
        Promise.reject(new Error(`it ended with ${how ?? code}`)),
      );
      child.send(message, () => {});
      const [{ error }] = (await Promise.race([answer, exit])) as [FromEncoder];
      if (error !== undefined) throw new Error(error);
    } finally {
      gone.abort();
    }
  };
  const stop = (): Promise<void> => stopped(child);
  try {
    await ask({ type: 'begin', path, width: even(width), height: even(height), rate });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    write: (picture, timeSeconds) => ask({ type: 'frame', picture, timeSeconds }),
    end: () => ask({ type: 'end' }),
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
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-500)));
  const exit = once(child, 'close') as Promise<[number | null]>;
  exit.catch(() => undefined);
  // What it has to say about a broken pipe it says when it ends.
  child.stdin.on('error', () => {});
  let written = 0;
  let last: Picture | undefined;
  const put = async (picture: Picture): Promise<void> => {
    written += 1;
    if (child.exitCode !== null) throw new Error(complaint.trim() || `it ended with ${child.exitCode}`);
    if (!child.stdin.write(picture.data)) await Promise.race([once(child.stdin, 'drain'), exit]);
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
      const [code] = await exit;
      if (code !== 0) throw new Error(complaint.trim() || `it ended with ${code}`);
    },
    stop: () => stopped(child),
  };
}

const sinks: Readonly<Record<'node-av' | 'ffmpeg', OpenSink>> = { 'node-av': openNodeAv, ffmpeg: openProgram };

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
