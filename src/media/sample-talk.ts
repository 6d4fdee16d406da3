import { execFile, fork } from 'node:child_process';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FramesiftError, messageOf } from '../core/errors.ts';
import { writeThenRename } from '../core/whole-file.ts';
import { Caller } from '../stream/rpc.ts';
import type { TalkEncoderMethods } from './sample-talk/encode-child.ts';
import { sampleGraph, sampleRate } from './sample-talk/graph.ts';
import { sampleTruth, type TalkTruth } from './sample-talk/script.ts';

export type { TalkTruth } from './sample-talk/script.ts';

const font = (name: string): string => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url));

/** The same file from either encoder, as far as two versions of x264 allow. */
const encoding = { preset: 'veryfast', crf: '23' } as const;

async function encodeWithNodeAv(graph: string, path: string, signal: AbortSignal): Promise<void> {
  const entry = new URL(`./sample-talk/encode-child${extname(import.meta.url)}`, import.meta.url);
  await using encoder = new Caller<TalkEncoderMethods>(
    fork(entry, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      signal,
    }),
  );
  await encoder.call('encode', { graph, path, rate: sampleRate, options: encoding });
}

async function encodeWithProgram(graph: string, path: string, signal: AbortSignal): Promise<void> {
  const quality = ['-c:v', 'libx264', '-preset', encoding.preset, '-crf', encoding.crf, '-g', '250'];
  const filter = ['-filter_complex', `${graph}[out]`, '-map', '[out]'];
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...filter, ...quality, '-f', 'mp4', path], { signal });
}

const encoders = { 'node-av': encodeWithNodeAv, ffmpeg: encodeWithProgram } as const;

export interface SampleTalkOptions {
  readonly signal: AbortSignal;
  /** Which encoder to use. Default: node-av, and the ffmpeg program where that fails. */
  readonly encoder?: keyof typeof encoders;
}

/**
 * Draws a talk of one minute into an MP4 file, and tells exactly what it shows. Takes some seconds; no recording of a
 * person is needed for a first try or a test.
 *
 * @throws FramesiftError `dependency` where neither encoder works
 */
export async function renderSampleTalk(
  path: string,
  { signal, encoder }: SampleTalkOptions,
): Promise<{ readonly path: string; readonly truth: TalkTruth }> {
  const graph = sampleGraph({ regular: font('DejaVuSans-latin.ttf'), bold: font('DejaVuSans-Bold-latin.ttf') });
  const reasons: string[] = [];
  for (const name of encoder === undefined ? (['node-av', 'ffmpeg'] as const) : [encoder]) {
    try {
      await writeThenRename(path, (unfinished) => encoders[name](graph, unfinished, signal));
      return { path, truth: sampleTruth(basename(path)) };
    } catch (error) {
      signal.throwIfAborted();
      reasons.push(`${name}: ${messageOf(error)}`);
    }
  }
  throw new FramesiftError(
    'dependency',
    `The sample talk could not be drawn (${reasons.join('; ')}). Install ffmpeg, or name a video of your own.`,
  );
}
