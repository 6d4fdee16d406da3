import type { FaceMeasurement, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import { openNetwork, type Network } from '../onnx.ts';
import type { ScoredBox } from './boxes.ts';
import type { Patch } from './crop.ts';
import { detectFaces, type FoundFace } from './detect.ts';
import { measureDriver } from './driver.ts';
import { meshFace, nextPatch, type FaceMesh } from './mesh.ts';
import type { FaceModels } from './models.ts';

export interface ReaderOptions {
  readonly models: FaceModels;
  readonly threads: number;
  /** Where the driver sits, as a share of the picture; faces whose middle lies outside are passengers. */
  readonly seat?: Region;
  /**
   * The side of the car that the driver sits on. Seen from in front, a car driven on the left has its driver in the picture's
   * right: of faces about as large as the largest, the one furthest there drives. Default: the largest face.
   */
  readonly drive?: 'left' | 'right';
  /** Seconds between looks with the detector while a face is being followed. */
  readonly detectEverySeconds: number;
  /** The detector's own score from which something is a face. Default 0.5. */
  readonly leastScore?: number;
}

/** What is measured of the face. */
export type FaceReading = Pick<FaceMeasurement, 'timeSeconds' | 'faces' | 'found' | 'driver'>;

/**
 * Measures pictures of one video in the order of their times, on the thread that it is opened on. They may differ in
 * size from one to the next.
 */
export interface FaceReader extends AsyncDisposable {
  /** @param anew forgets all that was seen before: the same pictures from here on give the same answers */
  read(picture: Picture, timeSeconds: number, anew: boolean): Promise<FaceReading>;
}

/**
 * Three and more faces beside each other, the smallest this large beside the largest, are a back seat: in front of the camera
 * nobody drives. How far they may lie above each other, in widths of the largest; and for how long that is remembered, for
 * one of them may be missed. Own choice: a driver's face is about twice as wide as that of somebody behind.
 */
const [abreast, abreastRow, abreastSeconds] = [0.6, 0.8, 5] as const;

/** The mesh's own probability below which what is followed is no face any more. */
const minMesh = 0.5;
/** A following patch this far from what the detector sees (in face sizes) has drifted onto something else. */
const mostDrift = 0.5;
/** A gap in time after which a face is looked for anew instead of followed. */
const longestGapSeconds = 1;

/** Throws FramesiftError `dependency` or `model` where the networks cannot be loaded. */
export async function openFaceReader(options: ReaderOptions): Promise<FaceReader> {
  await using opened = new AsyncDisposableStack();
  const { models, threads } = options;
  const open = async (file: string): Promise<Network> => opened.use(await openNetwork(file, { threads }));
  const detection = await open(models.files.blazeface);
  const landmarks = await open(models.files.facemesh);
  const iris = await open(models.files.iris);
  const stack = opened.move();

  let following: Patch | undefined;
  /** Width of the picture in whose pixels `following` is. */
  let followingWidth = 0;
  let faces = 0;
  let found: readonly Region[] | undefined;
  let detectedAt = -Infinity;
  let backSeatAt = -Infinity;
  let lastSeconds = -Infinity;

  /**
   * The driver's face by the detector, in the seat's region: the one that is followed where it is still there, so that a
   * passenger who leans forward does not become the driver; otherwise the largest, or the one on the driver's side.
   */
  async function detect(picture: Picture, timeSeconds: number, followed?: Patch): Promise<FoundFace | undefined> {
    const all = await detectFaces(detection, picture, undefined, options.leastScore);
    detectedAt = timeSeconds;
    faces = all.length;
    found = all.map((face) => regionOf(face, picture));
    if (options.seat === undefined && isBackSeat(all)) backSeatAt = timeSeconds;
    if (timeSeconds - backSeatAt <= abreastSeconds) return undefined;
    const seated = all.filter(({ patch }) => isWithin(patch, picture, options.seat));
    const same = followed && seated.find(({ patch }) => apart(patch, followed) <= mostDrift * patch.width);
    return same ?? driverOf(seated, options.drive);
  }

  async function find(
    picture: Picture,
    timeSeconds: number,
  ): Promise<{ mesh: FaceMesh; tracked: boolean } | undefined> {
    if (timeSeconds - lastSeconds > longestGapSeconds) following = undefined;
    if (following !== undefined) {
      following = scaled(following, picture.width / followingWidth);
      if (timeSeconds - detectedAt >= options.detectEverySeconds) {
        const seen = await detect(picture, timeSeconds, following);
        if (backSeatAt === timeSeconds) return undefined;
        if (seen && apart(seen.patch, following) > mostDrift * seen.patch.width) following = seen.patch;
      }
      const mesh = await meshFace(landmarks, picture, following);
      if (mesh.confidence >= minMesh && isWithin(nextPatch(mesh), picture, options.seat))
        return { mesh, tracked: true };
    }
    const seen = await detect(picture, timeSeconds);
    if (!seen) return undefined;
    // The detector's box is rough: the mesh's own patch gives steadier landmarks.
    const rough = await meshFace(landmarks, picture, seen.patch);
    if (rough.confidence < minMesh) return undefined;
    const mesh = await meshFace(landmarks, picture, nextPatch(rough));
    return mesh.confidence < minMesh ? undefined : { mesh, tracked: false };
  }

  return {
    async read(picture, timeSeconds, anew) {
      if (anew) {
        following = undefined;
        [faces, detectedAt, backSeatAt, lastSeconds] = [0, -Infinity, -Infinity, -Infinity];
      }
      found = undefined;
      const driver = await find(picture, timeSeconds);
      following = driver && nextPatch(driver.mesh);
      followingWidth = picture.width;
      lastSeconds = timeSeconds;
      return {
        timeSeconds,
        faces: Math.max(faces, driver ? 1 : 0),
        ...(found ? { found } : {}),
        ...(driver ? { driver: await measureDriver(iris, picture, driver.mesh, driver.tracked) } : {}),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Of those not much smaller than the largest, the one on the driver's side. */
function driverOf(seated: readonly FoundFace[], drive: 'left' | 'right' | undefined): FoundFace | undefined {
  const bySize = seated.toSorted((a, b) => b.patch.width - a.patch.width);
  const [largest] = bySize;
  if (!largest || drive === undefined) return largest;
  const inFront = bySize.filter(({ patch }) => patch.width >= largest.patch.width * abreast);
  const towardsDriver = drive === 'left' ? 1 : -1;
  return inFront.toSorted((a, b) => (b.patch.x - a.patch.x) * towardsDriver)[0];
}

function isBackSeat(all: readonly FoundFace[]): boolean {
  const largest = all.toSorted((a, b) => b.patch.width - a.patch.width)[0];
  const beside = all.filter(
    ({ patch }) =>
      largest !== undefined &&
      patch.width >= largest.patch.width * abreast &&
      Math.abs(patch.y - largest.patch.y) <= largest.patch.width * abreastRow,
  );
  return beside.length >= 3;
}

function isWithin(patch: Patch, { width, height }: Picture, seat: Region = [0, 0, 1, 1]): boolean {
  const [x, y] = [patch.x / width - seat[0], patch.y / height - seat[1]];
  return x >= 0 && y >= 0 && x <= seat[2] && y <= seat[3];
}

function scaled(patch: Patch, factor: number): Patch {
  const { x, y, width, height, angle } = patch;
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor, angle };
}

function apart(a: Patch, b: Patch): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function regionOf({ left, top, right, bottom }: ScoredBox, { width, height }: Picture): Region {
  return [left / width, top / height, (right - left) / width, (bottom - top) / height];
}
