import type { Region } from '../core/face.ts';
import type { Frame, Picture } from '../core/frame.ts';
import type { FrameSource, Sampler } from '../core/video.ts';
import type { FaceMeter } from '../vision/face/face-meter.ts';
import { checkFaceEngine } from '../vision/face/models.ts';
import type { Adapters } from './adapters.ts';

/** What can be made unrecognizable in pictures before they are sent or stored. */
export const redactions = ['faces'] as const;

/** How faces are looked for. */
export interface Search {
  /** Parts along each side in which they are looked for besides the whole picture: small ones are found in parts alone. */
  readonly parts: 2 | 3;
  /** A face is there for certain: a picture in which none is found is hidden whole. Default false. */
  readonly certain?: boolean;
  /** What was found is looked at once more, near by: letters pass for a face from afar. Default false. */
  readonly confirmed?: boolean;
}

/** Of a cabin: somebody drives, and those behind are not far. */
export const inCabins: Search = { parts: 2, certain: true };
/** Of talks and of anything else: an inset's face is a twentieth of the picture's width. */
export const anywhere: Search = { parts: 3, confirmed: true };

/** Pixels along the longer side of what is searched. */
const searchedSide = 1920;
/** For privacy rather one too many. */
const leastScore = 0.3;
/** A face's region by the detector ends at the brows and the chin: hair and ears are added. */
const growth = 1.8;
/** A face is a third of what it is looked at in once more: as large as the detector likes them. */
const nearGrowth = 3;
/** Seconds for which a face that was seen is hidden where the detector misses it. */
const lastingSeconds = 2;

/**
 * Opens what finds the faces that are to be hidden. The caller disposes it.
 *
 * @throws FramesiftError `dependency` where its packages are not installed, or `model`
 */
export async function openFaceFinder(adapters: Adapters): Promise<FaceMeter> {
  await checkFaceEngine();
  return adapters.faceMeter({ objectsEverySeconds: Infinity, leastScore });
}

/**
 * The same video, of whose frames every JPEG shows faces as a few blocks. Small pictures and pixels, which stay on this
 * machine and in memory, are as they are.
 *
 * @param source borrowed: disposing what comes back does not close it
 * @param finder borrowed
 */
export function withoutFaces(source: FrameSource, finder: FaceMeter, search: Search): FrameSource {
  const { info } = source;
  const seen: { readonly at: number; readonly regions: readonly Region[] }[] = [];
  const hide = async (frame: Frame, signal: AbortSignal): Promise<readonly Region[]> => {
    const at = frame.timeSeconds;
    const regions = await findFaces(await frame.rgb({ longestSide: searchedSide }), at, finder, search, signal);
    seen.push({ at, regions });
    const near = seen.filter((one) => Math.abs(one.at - at) <= lastingSeconds).flatMap((one) => one.regions);
    while (seen[0] && at - seen[0].at > 10 * lastingSeconds) seen.shift();
    return regions.length === 0 && search.certain ? [[0, 0, 1, 1]] : near;
  };
  async function* frames(sampler: Sampler, options: { readonly signal: AbortSignal }): AsyncGenerator<Frame> {
    for await (const frame of source.frames(sampler, options)) {
      let hidden: Promise<readonly Region[]> | undefined;
      yield {
        timeSeconds: frame.timeSeconds,
        luma: frame.luma,
        glimpses: () => frame.glimpses(),
        rgb: (one) => frame.rgb(one),
        jpeg: async (one) => frame.jpeg({ ...one, hidden: await (hidden ??= hide(frame, options.signal)) }),
        [Symbol.dispose]: () => frame[Symbol.dispose](),
      };
    }
  }
  return {
    info,
    frames,
    ...(source.keyframes ? { keyframes: (span, options) => source.keyframes!(span, options) } : {}),
    ...(source.keyTimes ? { keyTimes: () => source.keyTimes!() } : {}),
    report: () => source.report(),
    ...(source.spent ? { spent: () => source.spent!() } : {}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Regions of all faces, grown, as shares of the picture: of it whole, and of parts that overlap by half. */
export async function findFaces(
  picture: Picture,
  timeSeconds: number,
  finder: FaceMeter,
  { parts, confirmed = false }: Search,
  signal: AbortSignal,
): Promise<readonly Region[]> {
  const found: Region[] = [];
  const read = (part: Region) => finder.read(cropped(picture, part), timeSeconds, { signal });
  // By its landmarks: the detector alone would say the same again.
  const isFace = async (region: Region): Promise<boolean> => (await read(within(region))).driver !== undefined;
  for (const part of [[0, 0, 1, 1] as Region, ...partsOf(parts)]) {
    const { found: faces = [], driver } = await read(part);
    for (const inPart of [...faces, ...(driver ? [driver.region] : [])]) {
      const face = placed(inPart, part);
      if (!confirmed || (await isFace(grown(face, nearGrowth)))) found.push(grown(face, growth));
    }
  }
  return found;
}

function partsOf(count: 2 | 3): Region[] {
  const side = 2 / (count + 1);
  const starts = Array.from({ length: count }, (_, index) => (index * side) / 2);
  return starts.flatMap((top) => starts.map((left): Region => [left, top, side, side]));
}

const placed = ([left, top, wide, high]: Region, [x, y, width, height]: Region): Region => [
  x + left * width,
  y + top * height,
  wide * width,
  high * height,
];

const grown = ([left, top, wide, high]: Region, by: number): Region => [
  left - (wide * (by - 1)) / 2,
  top - (high * (by - 1)) / 2,
  wide * by,
  high * by,
];

/** The part of it that lies in the picture. */
function within([left, top, wide, high]: Region): Region {
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  return [x, y, Math.min(1, left + wide) - x, Math.min(1, top + high) - y];
}

function cropped(picture: Picture, [left, top, wide, high]: Region): Picture {
  const [x, y] = [Math.floor(left * picture.width), Math.floor(top * picture.height)];
  const width = Math.min(picture.width - x, Math.ceil(wide * picture.width));
  const height = Math.min(picture.height - y, Math.ceil(high * picture.height));
  const data = new Uint8Array(width * height * picture.channels);
  const row = width * picture.channels;
  for (let line = 0; line < height; line += 1) {
    const from = ((y + line) * picture.width + x) * picture.channels;
    data.set(picture.data.subarray(from, from + row), line * row);
  }
  return { data, width, height, channels: picture.channels };
}
