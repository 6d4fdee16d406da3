import type { FaceMeasurement, Region } from '../../core/face.ts';
import type { Frame, Picture } from '../../core/frame.ts';
import type { Measure } from '../../core/measurement.ts';
import { openWorkerDoor } from '../worker-door/door.ts';
import { conditionOf } from './condition.ts';
import { findFaceModels } from './models.ts';
import type { ObjectReaderOptions, ObjectReading } from './objects.ts';
import type { ObjectQuestion } from './objects-worker.ts';
import type { FaceReading, ReaderOptions } from './reader.ts';
import type { FaceQuestion } from './worker.ts';

/** Measures the driver's face, away from the main thread. Frames belong to one video and come in the order of time. */
export interface FaceMeter extends Measure<FaceMeasurement>, AsyncDisposable {
  readonly models: readonly { readonly use: string; readonly id: string; readonly version: string }[];
  /** The face in one picture that is no frame of a video, for itself. **The picture is handed over.** */
  read(picture: Picture, timeSeconds: number, options: { readonly signal: AbortSignal }): Promise<FaceReading>;
  /** What follows is another video: nothing of the one before is taken over. */
  beginVideo(): void;
}

/** How faces are measured. */
export interface FaceMeterOptions {
  /**
   * Pixels along the longer side of the pictures in which a face is looked for, at most. Default 1280: eyes 3 % of the width
   * have 38 pixels. Once a face is followed, pictures are as small as leaves it 128 pixels wide, or as large as gives it
   * that, up to the source's own size and twice this.
   */
  readonly longestSide?: number;
  /** Where the driver sits: left, top, width, height as shares of the picture. Default: anywhere. */
  readonly seat?: Region;
  /** The side of the car that the driver sits on, as the reader takes it. Default: the largest face drives. */
  readonly drive?: 'left' | 'right';
  /** Seconds between looks with the detector while a face is followed. Default 2. */
  readonly detectEverySeconds?: number;
  /** Seconds between looks for phones and hands, Infinity for none. Default 1. */
  readonly objectsEverySeconds?: number;
  /**
   * Seconds after which everything is begun anew, and the time from which they are counted: what is measured from there
   * on does not depend on what came before, so that a run can be continued there. Default: never.
   */
  readonly chapters?: { readonly fromSeconds: number; readonly seconds: number };
  /** The detector's own score, 0–1, from which something is a face. Default 0.5. */
  readonly leastScore?: number;
  /** Threads inside the networks. Default 1. */
  readonly threads?: number;
  /** Where converted networks are kept. Default: the system's cache folder, or `FRAMESIFT_CACHE`. */
  readonly cacheFolder?: string;
}

/**
 * Width of a face, pixels, beyond which more say nothing: its eyes have 29 then, and the iris network is shown them at 28.
 * Smaller pictures are what a frame's pixels cost on their way from the decoder.
 */
const enoughFace = 128;
/**
 * How large a picture is asked for is decided by the face so many frames before. A number that does not depend on how
 * fast the thread is: the same video is measured on the same pixels every time.
 */
const sideLag = 3;
/** Seconds that a face which is not seen any more is believed to be where it was. Own choice: a hand wipes over it. */
const rememberedSeconds = 2;
/** Sides that pictures are asked for: few, for each keeps a scaler of its own. */
const sides = [480, 640, 960, 1280, 1920, 2560] as const;

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
    ...(options.seat ? { seat: options.seat } : {}),
    ...(options.drive ? { drive: options.drive } : {}),
    ...(options.leastScore === undefined ? {} : { leastScore: options.leastScore }),
  };
  const longestSide = options.longestSide ?? 1280;
  await using opened = new AsyncDisposableStack();
  const door = opened.use(
    await openWorkerDoor<FaceQuestion, FaceReading>(new URL('./worker', import.meta.url), settings, 'face meter'),
  );
  const { objectsEverySeconds = 1, chapters } = options;
  const objects = Number.isFinite(objectsEverySeconds)
    ? opened.use(
        await openWorkerDoor<ObjectQuestion, ObjectReading>(
          new URL('./objects-worker', import.meta.url),
          {
            models,
            threads: settings.threads,
            ...(options.seat ? { seat: options.seat } : {}),
          } satisfies ObjectReaderOptions,
          'object meter',
        ),
      )
    : undefined;
  const doors = opened.move();

  let chapter: number | undefined;
  let behind: Promise<{ reading: FaceReading; side: number }>[] = [];
  let asked: Promise<unknown> = Promise.resolve();
  let soughtAt = -Infinity;
  /** Where the driver's face was last, for hands that cover it. */
  let lastFace: { readonly at: number; readonly region: Region } | undefined;

  /** Called for one frame after another; what it decides before its first `await` is decided in their order. */
  function measure(frame: Frame, signal: AbortSignal): Promise<FaceMeasurement> {
    const { timeSeconds, luma } = frame;
    const own = chapters ? Math.floor((timeSeconds - chapters.fromSeconds) / chapters.seconds + 1e-6) : 0;
    const anew = own !== chapter;
    if (anew) {
      [chapter, soughtAt] = [own, -Infinity];
      behind = [];
    }
    const seeks = objects !== undefined && timeSeconds - soughtAt >= objectsEverySeconds - 1e-6;
    if (seeks) soughtAt = timeSeconds;
    const lagging = behind.length >= sideLag ? behind[0]! : undefined;
    const before = asked;
    const asking = Promise.withResolvers<void>();
    asked = asking.promise;
    const faced = (async () => {
      try {
        const picture = await frame.rgb({ longestSide: lagging ? (await lagging).side : longestSide });
        const copy = seeks ? { ...picture, data: new Uint8Array(picture.data) } : undefined;
        await before;
        const answer = door.ask({ picture, timeSeconds, anew }, signal);
        asking.resolve();
        const reading = await answer;
        if (anew) lastFace = undefined;
        if (reading.driver) lastFace = { at: timeSeconds, region: reading.driver.region };
        const remembered = lastFace && timeSeconds - lastFace.at <= rememberedSeconds ? lastFace.region : undefined;
        const face = reading.driver?.region ?? seatedFace(reading) ?? remembered;
        return { reading, copy, face, side: sideFor(reading, luma) };
      } finally {
        asking.resolve();
      }
    })();
    behind = [...behind, faced].slice(-sideLag);
    // It is awaited below, and by a later frame, if there is one.
    faced.catch(() => undefined);
    return (async () => {
      const { reading, copy, face } = await faced;
      const found = copy && (await objects!.ask({ picture: copy, face }, signal));
      return { ...reading, ...found, picture: conditionOf(luma), lookedForPhone: seeks, lookedForHands: seeks };
    })();
  }

  /** The largest face that the detector saw in the seat, be it one whose landmarks cannot be found, in profile. */
  function seatedFace({ found = [] }: FaceReading): Region | undefined {
    const [left, top, width, height] = options.seat ?? [0, 0, 1, 1];
    const seated = found.filter(([x, y, w, h]) => {
      const [across, down] = [x + w / 2 - left, y + h / 2 - top];
      return across >= 0 && down >= 0 && across <= width && down <= height;
    });
    return seated.toSorted((a, b) => b[2] - a[2])[0];
  }

  function sideFor({ driver }: FaceReading, { width, height }: Picture): number {
    if (!driver) return longestSide;
    const face = (driver.region[2] * width) / Math.max(width, height);
    return Math.min(2 * longestSide, sides.find((each) => each * face >= enoughFace) ?? 2 * longestSide);
  }

  return {
    id: 'face',
    models: [{ use: 'face', id: models.id, version: models.version }],
    // Pictures of all frames are fetched at once, while the thread works through them in their order.
    of: (frames, { signal }) => Promise.all(frames.map((frame) => measure(frame, signal))),
    beginVideo() {
      [chapter, behind] = [undefined, []];
    },
    read: (picture, timeSeconds, { signal }) => door.ask({ picture, timeSeconds, anew: true }, signal),
    [Symbol.asyncDispose]: () => doors.disposeAsync(),
  };
}
