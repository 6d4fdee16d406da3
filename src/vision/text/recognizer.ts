import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { FramesiftError } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import type { TextReading } from '../../core/measurement.ts';
import type { Failure, Reply, Request } from './messages.ts';
import type { ReaderOptions } from './reader.ts';
import { findWeights } from './weights.ts';

/** Reads the text of pictures, away from the main thread. */
export interface TextRecognizer extends AsyncDisposable {
  readonly id: string;
  readonly models: readonly { readonly use: string; readonly id: string; readonly version?: string }[];
  /**
   * The text of one picture; its boxes are in the picture's own pixels. **The picture is handed over**: where its data
   * fills an ArrayBuffer of its own, that is transferred and empty afterwards. Pictures wait their turn here, one is
   * with the reading thread at a time.
   *
   * Rejects with the signal's reason as soon as it is aborted, with FramesiftError `model` where reading fails.
   */
  read(picture: Picture, options: { readonly signal: AbortSignal }): Promise<TextReading>;
}

export interface TextRecognizerOptions {
  /**
   * Pixels along the longer side at which lines are looked for first; with small text they are looked for again at
   * four thirds of it. Default 960, which reads as well as 1280 at two thirds of the cost.
   */
  readonly detectionSide?: number;
  /** Folder with det.onnx, rec.onnx and keys.txt in PaddleOCR's layout (`--text-model`). Default: PP-OCRv4. */
  readonly modelFolder?: string;
  /** Whether lines whose pixels have not changed are taken over from earlier pictures. Default true. */
  readonly reuse?: boolean;
  /** Threads inside the networks. Default 1. */
  readonly threads?: number;
}

/** Pictures that may wait for their turn: more means that the caller does not await, and would fill the memory. */
const mostWaiting = 16;

/**
 * Starts the reading thread and loads the networks. Whoever opens it disposes it; a thread that has nothing to do
 * keeps no process alive.
 *
 * Throws FramesiftError `dependency` where onnxruntime-node or the weights are not installed, `model` where
 * `modelFolder` lacks a file or holds one that cannot be loaded.
 */
export async function openTextRecognizer(options: TextRecognizerOptions = {}): Promise<TextRecognizer> {
  const weights = await findWeights(options.modelFolder);
  const settings: ReaderOptions = {
    weights,
    detectionSide: options.detectionSide ?? 960,
    reuse: options.reuse ?? true,
    threads: options.threads ?? 1,
  };
  // The same extension as this file: .ts from the sources, .js once built.
  const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  // Without the program's own flags: `--input-type` of a `node -e` would keep the thread from starting.
  const worker = new Worker(file, { workerData: settings, execArgv: [], name: 'framesift text' });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const answers = new Map<number, PromiseWithResolvers<TextReading>>();
  const ready = Promise.withResolvers<void>();
  worker.on('message', (reply: Reply) => {
    if (reply.type === 'ready') ready.resolve();
    else if (reply.type === 'failed') ready.reject(errorOf(reply.error));
    else if (reply.type === 'reading') answers.get(reply.call)?.resolve(reply.reading);
    else answers.get(reply.call)?.reject(errorOf(reply.error));
  });
  worker.on('error', (error) => ended.reject(error));
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  void exited.then(() => ended.reject(new FramesiftError('model', 'The text recognizer was closed.')));
  try {
    await Promise.race([ready.promise, ended.promise]);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.unref();

  let closed: Promise<void> | undefined;
  let calls = 0;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const send = (request: Request, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(request, transfer);

  async function ask(picture: Picture, signal: AbortSignal): Promise<TextReading> {
    signal.throwIfAborted();
    const call = calls++;
    const answer = Promise.withResolvers<TextReading>();
    answers.set(call, answer);
    const cancel = (): void => send({ type: 'cancel', call });
    signal.addEventListener('abort', cancel, { once: true });
    worker.ref();
    try {
      const { picture: mine, buffer } = owned(picture);
      send({ type: 'read', call, picture: mine }, [buffer]);
      return await Promise.race([answer.promise, ended.promise]);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      answers.delete(call);
      if (closed === undefined) worker.unref();
    }
  }

  return {
    id: weights.id,
    models: [{ use: 'text', id: weights.id, ...(weights.version === undefined ? {} : { version: weights.version }) }],
    async read(picture, { signal }) {
      signal.throwIfAborted();
      if (closed !== undefined) throw new FramesiftError('model', 'The text recognizer was closed.');
      if (waiting >= mostWaiting) {
        throw new FramesiftError('usage', `More than ${mostWaiting} pictures wait to be read: await the readings.`);
      }
      waiting += 1;
      const mine = turn.then(() => ask(picture, signal));
      turn = mine.catch(() => undefined).finally(() => (waiting -= 1));
      return unlessAborted(mine, signal);
    },
    [Symbol.asyncDispose]() {
      closed ??= (async () => {
        worker.ref();
        send({ type: 'close' });
        await exited;
      })();
      return closed;
    },
  };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => undefined);
  }
}

/** The picture on an ArrayBuffer that can be given away: its own where it fills one, else that of a copy. */
function owned(picture: Picture): { picture: Picture; buffer: ArrayBuffer } {
  const { buffer, byteLength } = picture.data;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !isMarkedAsUntransferable(buffer)) {
    return { picture, buffer };
  }
  const data = new Uint8Array(picture.data);
  return { picture: { ...picture, data }, buffer: data.buffer };
}

function errorOf(failure: Failure): Error {
  return failure.code === undefined ? new Error(failure.message) : new FramesiftError(failure.code, failure.message);
}
