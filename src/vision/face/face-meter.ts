import type { FaceMeasurement, Region } from '../../core/face.ts';
import type { Frame, Picture } from '../../core/frame.ts';
import type { Measure } from '../../core/measurement.ts';
import { openWorkerDoor } from '../worker-door/door.ts';
import { conditionOf } from './condition.ts';
import { findFaceModels } from './models.ts';
import type { FaceReading, ReaderOptions } from './reader.ts';
import type { FaceQuestion } from './worker.ts';

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
  const file = new URL('./worker', import.meta.url);
  const door = await openWorkerDoor<FaceQuestion, FaceReading>(file, settings, 'face meter');

  let side = longestSide;
  async function measure(frame: Frame, signal: AbortSignal): Promise<FaceMeasurement> {
    const { width, height } = frame.luma;
    const { timeSeconds } = frame;
    const rgb = await frame.rgb({ longestSide: side });
    const reading = await door.ask({ picture: rgb, timeSeconds }, signal);
    const face = reading.driver && (reading.driver.region[2] * width) / Math.max(width, height);
    side = Math.min(longestSide, sides.find((each) => face !== undefined && each * face >= enoughFace) ?? longestSide);
    return { ...reading, picture: conditionOf(frame.luma) };
  }

  return {
    id: 'face',
    models: [{ use: 'face', id: models.id, version: models.version }],
    // Pictures of all frames are fetched at once, while the thread works through them in their order.
    of: (frames, { signal }) => Promise.all(frames.map((frame) => measure(frame, signal))),
    read: (picture, timeSeconds, { signal }) => door.ask({ picture, timeSeconds }, signal),
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}
