import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { FramesiftError } from '../../core/errors.ts';
import type { FaceMeasurement, Region } from '../../core/face.ts';
import type { Frame, Picture } from '../../core/frame.ts';
import type { Measure } from '../../core/measurement.ts';
import { conditionOf } from './condition.ts';
import type { Failure, Reply, Request } from './messages.ts';
import { findFaceModels } from './models.ts';
import type { FaceReading, ReaderOptions } from './reader.ts';

/** Measures the driver's face, away from the main thread. Frames belong to one video and come in the order of time. */
export interface FaceMeter extends Measure<FaceMeasurement>, AsyncDisposable {
  readonly models: readonly { readonly use: string; readonly id: string; readonly version: string }[];
  /** One picture that is no frame of a video. **The picture is handed over.** */
  read(picture: Picture, timeSeconds: number, options: { readonly signal: AbortSignal }): Promise<FaceReading>;
}

export interface FaceMeterOptions {
  /**
   * Pixels along the longer side of the pictures measured, at most. Default 1280: eyes 3 % of the width have 38 pixels.
   * Once a face is followed, pictures are as small as leaves it 160 pixels wide.
   */
  readonly longestSide?: number;
  /** Where the driver sits: left, top, width, height as shares of the picture. Default: anywhere. */
  readonly seat?: Region;
  /** Seconds between looks with the detector while a face is followed. Default 2. */
  readonly detectEverySeconds?: number;
  /** Seconds between looks for a telephone, Infinity for none. Default 1. */
  readonly phoneEverySeconds?: number;
  /** Threads inside the networks. Default 1. */
  readonly threads?: number;
  /** Where converted networks are kept. Default: the system's cache folder, or `FRAMESIFT_CACHE`. */
  readonly cacheFolder?: string;
}

/**
 * Width of a face, pixels, beyond which more say nothing: its eyes have 36 then, and the iris network is shown them at 28.
 * Smaller pictures are what a frame's pixels cost on their way from the decoder.
 */
const enoughFace = 160;
/** Sides that pictures are asked for: few, for each keeps a scaler of its own. */
const sides = [480, 640, 960] as const;

/**
 * Starts the measuring thread and loads the networks. Whoever opens it disposes it; a thread that has nothing to do
 * keeps no process alive.
 *
 * Throws FramesiftError `dependency` where onnxruntime-node or @vladmandic/human is not installed, `model` where the
 * networks cannot be loaded.
 */
export async function openFaceMeter(options: FaceMeterOptions = {}): Promise<FaceMeter> {
  const models = await findFaceModels(options.cacheFolder);
  const settings: ReaderOptions = {
    models,
    threads: options.threads ?? 1,
    detectEverySeconds: options.detectEverySeconds ?? 2,
    phoneEverySeconds: options.phoneEverySeconds ?? 1,
    ...(options.seat ? { seat: options.seat } : {}),
  };
  const longestSide = options.longestSide ?? 1280;
  // The same extension as this file: .ts from the sources, .js once built.
  const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  // Without the program's own flags: `--input-type` of a `node -e` would keep the thread from starting.
  const worker = new Worker(file, { workerData: settings, execArgv: [], name: 'framesift face' });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const ready = Promise.withResolvers<void>();
  const answers = new Map<number, PromiseWithResolvers<FaceReading>>();
  worker.on('message', (reply: Reply) => {
    if (reply.type === 'ready') ready.resolve();
    else if (reply.type === 'failed') ready.reject(errorOf(reply.error));
    else if (reply.type === 'reading') answers.get(reply.call)?.resolve(reply.reading);
    else answers.get(reply.call)?.reject(errorOf(reply.error));
  });
  worker.on('error', (error) => ended.reject(error));
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  void exited.then(() => ended.reject(new FramesiftError('model', 'The face meter was closed.')));
  try {
    await Promise.race([ready.promise, ended.promise]);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.unref();

  let closed: Promise<void> | undefined;
  let calls = 0;
  const send = (request: Request, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(request, transfer);

  async function read(
    picture: Picture,
    timeSeconds: number,
    { signal }: { signal: AbortSignal },
  ): Promise<FaceReading> {
    signal.throwIfAborted();
    if (closed) throw new FramesiftError('model', 'The face meter was closed.');
    const call = calls++;
    const answer = Promise.withResolvers<FaceReading>();
    answers.set(call, answer);
    worker.ref();
    try {
      const { picture: mine, buffer } = owned(picture);
      send({ type: 'read', call, picture: mine, timeSeconds }, [buffer]);
      const reading = await Promise.race([answer.promise, ended.promise]);
      signal.throwIfAborted();
      return reading;
    } finally {
      answers.delete(call);
      if (answers.size === 0 && !closed) worker.unref();
    }
  }

  let side = longestSide;
  async function measure(frame: Frame, signal: AbortSignal): Promise<FaceMeasurement> {
    const { width, height } = frame.luma;
    const picture = conditionOf(frame.luma);
    const reading = await read(await frame.rgb({ longestSide: side }), frame.timeSeconds, { signal });
    const face = reading.driver && (reading.driver.region[2] * width) / Math.max(width, height);
    side = Math.min(longestSide, sides.find((each) => face !== undefined && each * face >= enoughFace) ?? longestSide);
    return { ...reading, picture };
  }

  return {
    id: 'face',
    models: [{ use: 'face', id: models.id, version: models.version }],
    // Pictures of all frames are fetched at once, while the thread works through them in their order.
    of: (frames, { signal }) => Promise.all(frames.map((frame) => measure(frame, signal))),
    read,
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
