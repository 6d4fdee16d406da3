import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { FramesiftError, systemCodeOf } from '../../core/errors.ts';
import type { Frame, Glimpse, JpegOptions, Picture } from '../../core/frame.ts';
import type { DecodeReport, FrameSource, Sampler } from '../../core/video.ts';
import { hiddenChain } from '../hidden.ts';
import { withoutKeys } from '../least.ts';
import { checkPixels, defaultLimits, tooManyFrames, type MediaLimits } from '../limits.ts';
import { quantiserScale } from '../jpeg-quality.ts';
import { fitWithin, lumaLongestSide } from '../picture-size.ts';
import { missingProgram, probe, withinFile } from './probe.ts';
import type { Probed } from './probe.ts';

const glimpseSize = { width: 96, height: 54 };

/** Half a millisecond: below the distance of any two frames, above the rounding of a printed time. */
const slackSeconds = 0.0005;

/** A frame is found again from this much before: right before it, seeking may land on a key frame that follows it. */
const leadSeconds = 3;

/**
 * Videos through the system's `ffmpeg` program: for those who cannot take node-av. It decodes every frame, and fetches
 * full-size pixels by seeking, so it is slower; times and samples are the same.
 */
export class FfmpegProgramSource implements FrameSource {
  readonly info;
  readonly #probed: Probed;
  readonly #limits: MediaLimits;
  readonly #running = new Set<ChildProcess>();
  #report: DecodeReport | undefined;

  private constructor(probed: Probed, limits: MediaLimits) {
    this.#limits = limits;
    this.#probed = probed;
    this.info = probed.info;
  }

  static async open(
    path: string,
    bytes: number,
    { limits = defaultLimits, signal }: { limits?: MediaLimits; signal: AbortSignal },
  ): Promise<FfmpegProgramSource> {
    const probed = await probe(path, bytes, signal);
    checkPixels(path, { width: probed.info.codedWidth, height: probed.info.codedHeight }, limits);
    return new FfmpegProgramSource(probed, limits);
  }

  async *frames(sampler: Sampler, { signal }: { signal: AbortSignal }): AsyncGenerator<Frame> {
    signal.throwIfAborted();
    const luma = fitWithin(this.info, lumaLongestSide);
    const child = this.#start(this.#passArguments(sampler, luma), ['ignore', 'pipe', 'pipe', 'pipe']);
    const stop = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    const log = readLog(child, this.info.startSeconds);
    const lumas = chunks(child.stdout!, luma.width * luma.height);
    const glimpses = new GlimpseQueue(chunks(child.stdio[3] as Readable, glimpseSize.width * glimpseSize.height), log);
    let sampled = 0;
    try {
      for (;;) {
        const data = await lumas.next();
        if (data.done) break;
        const timeSeconds = await log.time('sample', sampled);
        sampled += 1;
        if (log.frames() > this.#limits.maxFrames) {
          throw new FramesiftError('media', `${this.info.path}: ${tooManyFrames(this.#limits).message}`);
        }
        const seen = await glimpses.until(timeSeconds + slackSeconds);
        yield this.#frame(timeSeconds, { data: data.value, ...luma, channels: 1 }, seen);
        signal.throwIfAborted();
      }
      signal.throwIfAborted();
      await log.ended;
      if (log.frames() === 0) {
        throw new FramesiftError(
          'media',
          `${this.info.path}: not one frame of its video could be decoded. Check that it plays.`,
        );
      }
      this.#report = log.report(sampled, this.info.durationSeconds);
    } finally {
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
    }
  }

  report(): DecodeReport {
    if (!this.#report) throw new Error('no pass over the video has finished');
    return this.#report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = [...this.#running].map((child) => once(child, 'exit').catch(() => {}));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(gone);
  }

  #passArguments(sampler: Sampler, luma: { width: number; height: number }): string[] {
    const { everySeconds: step, fromSeconds = 0, untilSeconds = Infinity } = sampler;
    const t = `(t-(${this.info.startSeconds}))`;
    const previous = `(prev_t-(${this.info.startSeconds}))`;
    const wanted = (time: string): string => `floor((${time}-(${fromSeconds}))/${step}+1e-6)`;
    const within = `gte(${t},${fromSeconds}-1e-6)${untilSeconds < Infinity ? `*lt(${t},${untilSeconds})` : ''}`;
    const first = `(isnan(prev_t)+lt(${previous},${fromSeconds}-1e-6))`;
    const select = `${within}*gt(${first}+gt(${wanted(t)},${wanted(previous)}),0)`;
    const graph = [
      '[0:V:0]showinfo@glimpse=checksum=0,split[all][some]',
      `[all]scale=${glimpseSize.width}:${glimpseSize.height}:flags=neighbor,format=gray[points]`,
      `[some]select='${select}',showinfo@sample=checksum=0,scale=${luma.width}:${luma.height}:flags=area:out_range=pc,format=gray[luma]`,
    ].join(';');
    const raw = ['-fps_mode', 'passthrough', '-f', 'rawvideo'];
    const input = ['-hide_banner', '-nostdin', '-copyts', ...this.#input(), '-filter_complex', graph];
    return input.concat('-map', '[luma]', raw, 'pipe:1', '-map', '[points]', raw, 'pipe:3');
  }

  /** The file, read as what it was found to be. */
  #input(): string[] {
    return [
      ...withinFile,
      '-max_pixels',
      String(this.#limits.maxPixels),
      '-f',
      this.#probed.demuxer,
      '-i',
      `file:${this.info.path}`,
    ];
  }

  #frame(timeSeconds: number, luma: Picture, glimpses: readonly Glimpse[]): Frame {
    return {
      timeSeconds,
      luma,
      glimpses: () => Promise.resolve(glimpses),
      rgb: async ({ longestSide = Infinity } = {}) => {
        const size = fitWithin(this.info, longestSide);
        const chain = `scale=${size.width}:${size.height}:flags=bicubic:out_range=pc,format=rgb24`;
        const data = await this.#still(timeSeconds, chain, ['-f', 'rawvideo']);
        return { data, ...size, channels: 3 };
      },
      jpeg: ({ quality = 85, longestSide = Infinity, hidden = [] }: JpegOptions = {}) => {
        const size = fitWithin(this.info, longestSide);
        const chain = `scale=${size.width}:${size.height}:flags=bicubic:out_range=pc:out_color_matrix=bt601,format=yuvj420p${hiddenChain(size, hidden, 'yuvj420p')}`;
        return this.#still(timeSeconds, chain, [
          '-c:v',
          'mjpeg',
          '-qmin',
          '1',
          '-q:v',
          `${quantiserScale(quality)}`,
          '-f',
          'image2pipe',
        ]);
      },
      [Symbol.dispose]() {},
    };
  }

  /** One frame's pixels, found again by its time. */
  async #still(timeSeconds: number, chain: string, output: readonly string[]): Promise<Uint8Array> {
    const inContainer = timeSeconds + this.info.startSeconds;
    const seek = Math.max(0, inContainer - this.#probed.containerStartSeconds - leadSeconds);
    const args = ['-v', 'error', '-nostdin', '-copyts', '-ss', seek.toFixed(6)];
    const wanted = `select='gte(t,${(inContainer - slackSeconds).toFixed(6)})',${chain}`;
    const one = ['-map', '0:V:0', '-vf', wanted, '-frames:v', '1', '-fps_mode', 'passthrough'];
    const child = this.#start([...args, ...this.#input(), ...one, ...output, 'pipe:1'], ['ignore', 'pipe', 'ignore']);
    const parts: Buffer[] = [];
    for await (const part of child.stdout!) parts.push(part as Buffer);
    const bytes = new Uint8Array(Buffer.concat(parts));
    if (bytes.length === 0) {
      throw new FramesiftError(
        'media',
        `${this.info.path}: its frame at ${timeSeconds.toFixed(3)} s cannot be decoded again.`,
      );
    }
    return bytes;
  }

  #start(args: readonly string[], stdio: ('ignore' | 'pipe')[]): ChildProcess {
    const child = spawn('ffmpeg', args, { stdio, env: withoutKeys() });
    this.#running.add(child);
    child.on('exit', () => this.#running.delete(child));
    child.on('error', (error) => {
      this.#running.delete(child);
      // Without the program every pipe ends at once; `probe` has given the message before.
      if (systemCodeOf(error) === 'ENOENT') child.stdout?.destroy(missingProgram());
    });
    return child;
  }
}

/** Follows what the program prints: the exact time of every frame, and its complaints about damage. */
function readLog(child: ChildProcess, startSeconds: number) {
  const times = { glimpse: [] as number[], sample: [] as number[] };
  const dropped = { glimpse: 0, sample: 0 };
  const ticks = { glimpse: 0, sample: 0 };
  let last = 0;
  let frames = 0;
  let damaged = 0;
  let over = false;
  // Samples and glimpses may both be waited for.
  const waiting: (() => void)[] = [];
  const notify = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  const lines = createInterface({ input: child.stderr! });
  lines.on('line', (line) => {
    const [, which, rest] = /^\[showinfo@(glimpse|sample) [^\]]*\] (.*)$/.exec(line) ?? [];
    if ((which === 'glimpse' || which === 'sample') && rest !== undefined) {
      const [, above, below] = /config in time_base: (\d+)\/(\d+)/.exec(rest) ?? [];
      if (above && below) ticks[which] = Number(above) / Number(below);
      const [, pts] = /^n: *\d+ pts: *(-?\d+)/.exec(rest) ?? [];
      if (pts) {
        const time = Number(pts) * ticks[which] - startSeconds;
        times[which].push(time);
        last = Math.max(last, time);
        if (which === 'glimpse') frames += 1;
        notify();
      }
    } else if (/error while decoding|Invalid data|corrupt|concealing/i.test(line)) damaged += 1;
  });
  const ended = once(lines, 'close').then(() => {
    over = true;
    notify();
  });
  return {
    ended,
    frames: () => frames,
    /** The time of the n-th frame of that branch, as soon as it is printed; Infinity when the end came first. */
    async time(which: 'glimpse' | 'sample', index: number): Promise<number> {
      // What was asked for is never asked for again: the lists stay short however long the video.
      while (index - dropped[which] > 64) {
        times[which].shift();
        dropped[which] += 1;
      }
      while (times[which].length <= index - dropped[which] && !over)
        await new Promise<void>((resolve) => waiting.push(resolve));
      return times[which][index - dropped[which]] ?? Infinity;
    },
    report(sampled: number, duration: number | undefined): DecodeReport {
      return {
        packets: frames,
        packetsSkipped: 0,
        framesDecoded: frames,
        framesSampled: sampled,
        damaged,
        damagedSpans: [],
        endSeconds: last,
        truncated: duration !== undefined && last < duration - Math.max(2, duration / 20),
        cpuMs: 0,
        peakMemoryMb: 0,
      };
    },
  };
}

type Log = ReturnType<typeof readLog>;

/**
 * Collects glimpses as they come. It reads on its own, for the program writes both pipes in turn and would stand still
 * for ever if one of them were left full; what bounds it is the other pipe, which is read at the consumer's pace.
 */
class GlimpseQueue {
  readonly #waiting: Glimpse[] = [];
  #over = false;
  #notify = (): void => {};

  constructor(points: AsyncGenerator<Uint8Array, void>, log: Log) {
    void this.#collect(points, log);
  }

  async until(timeSeconds: number): Promise<readonly Glimpse[]> {
    while (!this.#over && (this.#waiting.at(-1)?.timeSeconds ?? -Infinity) < timeSeconds - 2 * slackSeconds) {
      await new Promise<void>((resolve) => (this.#notify = resolve));
    }
    const later = this.#waiting.findIndex((glimpse) => glimpse.timeSeconds > timeSeconds);
    return this.#waiting.splice(0, later < 0 ? this.#waiting.length : later);
  }

  async #collect(points: AsyncGenerator<Uint8Array, void>, log: Log): Promise<void> {
    let index = 0;
    try {
      for await (const piece of points) {
        this.#waiting.push({ timeSeconds: await log.time('glimpse', index), points: piece });
        index += 1;
        this.#notify();
      }
    } catch {
      // The program was stopped: whoever stopped it knows.
    }
    this.#over = true;
    this.#notify();
  }
}

/** Cuts a byte stream into pieces of one size. */
async function* chunks(stream: Readable, size: number): AsyncGenerator<Uint8Array, void> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const part of stream) {
    const bytes = part as Buffer;
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(size - filled, bytes.length - at);
      piece.set(bytes.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled === size) {
        yield piece;
        piece = new Uint8Array(size);
        filled = 0;
      }
    }
  }
}
