import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import type { Frame, Glimpse, JpegOptions, Picture } from '../../core/frame.ts';
import { smallYoungGeneration } from '../../core/v8-flags.ts';
import type { DecodeReport, DecoderTime, FrameSource, KeyframeLook, Sampler, VideoInfo } from '../../core/video.ts';
import { leastPermissions, withoutKeys } from '../least.ts';
import { defaultLimits, watchMemory, type MediaLimits } from '../limits.ts';
import type { Hwaccel } from '../hwaccel.ts';
import type { FromDecoder, ToDecoder } from '../protocol.ts';

/** Frames that may be decoded ahead of the consumer unless told otherwise. */
const framesAhead = 4;

/** Key frames that may be looked at ahead of the consumer: small pictures alone. */
const looksAhead = 8;

/** A decoder that says nothing for this long is taken for hung. Demuxing a damaged hour takes far less. */
const silenceMs = 180_000;

interface Pending {
  readonly resolve: (message: FromDecoder) => void;
  readonly reject: (error: Error) => void;
}

/** Videos through node-av, in a process of their own. */
export class NodeAvSource implements FrameSource {
  readonly info: VideoInfo;
  readonly #child: ChildProcess;
  readonly #path: string;
  readonly #requests = new Map<number, Pending>();
  #requestCount = 0;
  #pass = 0;
  #abandoned = 0;
  #ended: DecodeReport | undefined;
  #failure: FramesiftError | undefined;
  #frames: Extract<FromDecoder, { type: 'frame' }>[] = [];
  #looks: KeyframeLook[] = [];
  #looked = true;
  #notify = (): void => {};
  #lastSeconds = 0;
  #watchdog: NodeJS.Timeout | undefined;

  readonly #memory: Disposable;
  readonly #silenceMs: number;
  readonly #ahead: number;
  readonly #inTurn: boolean;

  private constructor(
    child: ChildProcess,
    path: string,
    info: VideoInfo,
    { ahead, maxMemoryMb, silence }: { ahead: number; maxMemoryMb: number; silence: number },
  ) {
    this.#silenceMs = silence;
    this.#memory = watchMemory(child.pid, maxMemoryMb, (megabytes) => {
      this.#fail(
        new FramesiftError(
          'media',
          `${path}: decoding it took ${megabytes} MB, more than the limit of ${maxMemoryMb}. If it is to be read: --max-memory-mb`,
        ),
      );
      child.kill('SIGKILL');
    });
    this.#inTurn = ahead === 0;
    this.#ahead = Math.max(1, ahead);
    this.#child = child;
    this.#path = path;
    this.info = info;
    child.on('message', (message: FromDecoder) => this.#hear(message));
    child.on('exit', (code, signal) => {
      this.#fail(new FramesiftError('crash', crashMessage(path, signal ?? `exit ${code}`, this.#lastSeconds)));
    });
  }

  /**
   * @param options.threads decoder threads, 0 for as many as there are cores
   * @param options.ahead frames that may be decoded ahead of the consumer; each holds its pixels until it is disposed.
   *   With 0 a frame is decoded when it is asked for, so that decoder and consumer never work at the same time
   * @param options.silenceMs a decoder that says nothing for this long is taken for hung. Default 180 000
   * @param options.hwaccel hardware to decode with; default `none`
   * @throws FramesiftError `media`, `dependency` or `crash`
   */
  static async open(
    path: string,
    bytes: number,
    options: {
      threads?: number;
      ahead?: number;
      hwaccel?: Hwaccel;
      limits?: MediaLimits | undefined;
      silenceMs?: number;
      signal: AbortSignal;
    },
  ): Promise<NodeAvSource> {
    options.signal.throwIfAborted();
    const entry = new URL(`./child${extname(import.meta.url)}`, import.meta.url);
    const child = fork(entry, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...leastPermissions, smallYoungGeneration],
      env: withoutKeys(),
    });
    // Kept for the message when node-av cannot be loaded at all.
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4000)));
    const threads = options.threads ?? availableParallelism();
    const limits = options.limits ?? defaultLimits;
    const silence = options.silenceMs ?? silenceMs;
    using _ = watchMemory(child.pid, limits.maxMemoryMb, () => child.kill('SIGKILL'));
    try {
      const info = await new Promise<VideoInfo>((resolve, reject) => {
        const abort = (): void => reject(options.signal.reason as Error);
        options.signal.addEventListener('abort', abort, { once: true });
        setTimeout(() => reject(new FramesiftError('crash', crashMessage(path, 'no answer', 0))), silence).unref();
        child.once('error', (error) =>
          reject(new FramesiftError('crash', `the decoder cannot start: ${error.message}`)),
        );
        child.once('exit', (code, signal) => {
          const missing = /Cannot find (package|module)|ERR_MODULE_NOT_FOUND|native binding/i.test(complaint);
          reject(
            missing
              ? missingDecoder(complaint)
              : new FramesiftError('crash', crashMessage(path, signal ?? `exit ${code}`, 0)),
          );
        });
        child.once('message', (message: FromDecoder) => {
          options.signal.removeEventListener('abort', abort);
          if (message.type === 'opened') resolve(message.info);
          else if (message.type === 'failed') reject(new FramesiftError(message.code, message.message));
        });
        send(child, { type: 'open', path, bytes, threads, hwaccel: options.hwaccel ?? 'none', limits });
      });
      child.removeAllListeners('exit');
      return new NodeAvSource(
        child,
        path,
        { ...info, path },
        {
          ahead: options.ahead ?? framesAhead,
          maxMemoryMb: limits.maxMemoryMb,
          silence,
        },
      );
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  async *frames(sampler: Sampler, { signal }: { signal: AbortSignal }): AsyncGenerator<Frame> {
    signal.throwIfAborted();
    this.#pass += 1;
    const pass = this.#pass;
    this.#ended = undefined;
    const stop = (): void => this.#notify();
    signal.addEventListener('abort', stop);
    this.#rest();
    this.#send({ type: 'decode', pass, sampler, credit: this.#ahead });
    try {
      const come = this.#come(
        () => this.#frames.shift(),
        () => this.#ended !== undefined,
        signal,
      );
      for await (const message of come) yield this.#frame(message);
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(this.#watchdog);
      for (const { frame } of this.#frames) this.#send({ type: 'release', frame });
      this.#frames = [];
      if (!this.#ended) {
        this.#abandoned = pass;
        this.#send({ type: 'stop', pass });
      }
    }
  }

  async *keyframes(
    { fromSeconds = 0, untilSeconds = Infinity }: { readonly fromSeconds?: number; readonly untilSeconds?: number },
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<KeyframeLook> {
    signal.throwIfAborted();
    this.#pass += 1;
    const pass = this.#pass;
    this.#looked = false;
    const stop = (): void => this.#notify();
    signal.addEventListener('abort', stop);
    this.#rest();
    this.#send({ type: 'look', pass, fromSeconds, untilSeconds, credit: this.#inTurn ? 1 : looksAhead });
    try {
      yield* this.#come(
        () => this.#looks.shift(),
        () => this.#looked,
        signal,
      );
    } finally {
      signal.removeEventListener('abort', stop);
      this.#looks = [];
      if (!this.#looked) {
        this.#abandoned = pass;
        this.#looked = true;
        this.#send({ type: 'stop', pass });
      }
      clearTimeout(this.#watchdog);
    }
  }

  /** What the decoder sends, as it comes; each taken gives leave to make one more. */
  async *#come<T extends { readonly timeSeconds: number }>(
    take: () => T | undefined,
    over: () => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<T> {
    for (;;) {
      signal.throwIfAborted();
      const one = take();
      if (one) {
        this.#lastSeconds = one.timeSeconds;
        if (!this.#inTurn) this.#send({ type: 'credit', frames: 1 });
        yield one;
        if (this.#inTurn) this.#send({ type: 'credit', frames: 1 });
        continue;
      }
      if (this.#failure) throw this.#failure;
      if (over()) return;
      await new Promise<void>((resolve) => (this.#notify = resolve));
    }
  }

  /** Times of all key frames at which decoding can begin, in order. Between two passes. */
  async keyTimes(): Promise<readonly number[]> {
    const reply = await this.#ask((request) => ({ type: 'key-times', request }));
    return reply.type === 'key-times' ? reply.times : [];
  }

  async spent(): Promise<DecoderTime> {
    const reply = await this.#ask((request) => ({ type: 'spent', request }));
    if (reply.type !== 'spent') throw new Error(`unexpected ${reply.type}`);
    return reply.time;
  }

  report(): DecodeReport {
    if (!this.#ended) throw new Error('no pass over the video has finished');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#memory[Symbol.dispose]();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    // Nothing in the process is worth a slow goodbye: it writes no files.
    this.#child.kill('SIGKILL');
    await gone;
  }

  #frame(message: Extract<FromDecoder, { type: 'frame' }>): Frame {
    const number = message.frame;
    let released = false;
    return {
      timeSeconds: message.timeSeconds,
      luma: message.luma,
      glimpses: async (): Promise<readonly Glimpse[]> => {
        const reply = await this.#ask((request) => ({ type: 'glimpses', request, frame: number }));
        return reply.type === 'glimpsed' ? reply.glimpses : [];
      },
      rgb: async (options?: { longestSide?: number }): Promise<Picture> => {
        const reply = await this.#ask((request) => ({ type: 'rgb', request, frame: number, ...options }));
        if (reply.type !== 'picture') throw new Error(`unexpected ${reply.type}`);
        return reply.picture;
      },
      jpeg: async (options: JpegOptions = {}): Promise<Uint8Array> => {
        const reply = await this.#ask((request) => ({ type: 'jpeg', request, frame: number, options }));
        if (reply.type !== 'bytes') throw new Error(`unexpected ${reply.type}`);
        return reply.bytes;
      },
      [Symbol.dispose]: (): void => {
        if (released) return;
        released = true;
        this.#send({ type: 'release', frame: number });
      },
    };
  }

  async #ask(make: (request: number) => ToDecoder): Promise<FromDecoder> {
    if (this.#failure) throw this.#failure;
    this.#requestCount += 1;
    const request = this.#requestCount;
    const reply = new Promise<FromDecoder>((resolve, reject) => this.#requests.set(request, { resolve, reject }));
    this.#send(make(request));
    this.#rest();
    const message = await reply;
    if (message.type === 'refused') throw new FramesiftError('media', `${this.#path}: ${message.message}`);
    return message;
  }

  #hear(message: FromDecoder): void {
    switch (message.type) {
      case 'frame':
        // Of a pass that was given up: nobody will dispose it.
        if (message.pass <= this.#abandoned) this.#send({ type: 'release', frame: message.frame });
        else this.#frames.push(message);
        break;
      case 'look':
        if (message.pass > this.#abandoned) this.#looks.push(message.look);
        break;
      case 'looked':
        if (message.pass > this.#abandoned) this.#looked = true;
        break;
      case 'key-times':
      case 'picture':
      case 'bytes':
      case 'glimpsed':
      case 'spent':
      case 'refused': {
        const pending = this.#requests.get(message.request);
        this.#requests.delete(message.request);
        pending?.resolve(message);
        break;
      }
      case 'ended':
        if (message.pass <= this.#abandoned) break;
        this.#ended = message.report;
        break;
      case 'failed':
        this.#fail(new FramesiftError(message.code, message.message));
        break;
      case 'opened':
    }
    this.#rest();
    this.#notify();
  }

  /** Starts the watchdog anew: the decoder was just heard or spoken to. */
  #rest(): void {
    clearTimeout(this.#watchdog);
    const decoding = this.#pass > this.#abandoned && (!this.#ended || !this.#looked);
    if (!decoding && this.#requests.size === 0) return;
    this.#watchdog = setTimeout(() => {
      // Waiting for credit is not hanging.
      if (this.#frames.length > 0 || this.#looks.length > 0) return this.#rest();
      this.#fail(new FramesiftError('crash', crashMessage(this.#path, 'no answer', this.#lastSeconds)));
      this.#child.kill('SIGKILL');
    }, this.#silenceMs);
    this.#watchdog.unref();
  }

  #fail(error: FramesiftError): void {
    this.#failure ??= error;
    for (const { reject } of this.#requests.values()) reject(this.#failure);
    this.#requests.clear();
    this.#notify();
  }

  #send(message: ToDecoder): void {
    send(this.#child, message);
  }
}

function send(child: ChildProcess, message: ToDecoder): void {
  // A process that died is told of by its exit event.
  if (child.connected) child.send(message, () => {});
}

function crashMessage(path: string, how: string, seconds: number): string {
  return `${path}: the decoder stopped (${how}) after ${seconds.toFixed(1)} s. Try --decoder ffmpeg, or re-encode the file.`;
}

function missingDecoder(complaint: string): FramesiftError {
  return new FramesiftError(
    'dependency',
    'the decoder node-av is not installed. Run `SKIP_FFMPEG=true npm install node-av`, or install ffmpeg and use --decoder ffmpeg.',
    { cause: new Error(complaint) },
  );
}
