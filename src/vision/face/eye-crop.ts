import type { Picture } from '../../core/frame.ts';
import { openNetwork, type Network } from '../onnx.ts';
import { measureEye } from './eye.ts';
import { findFaceModels } from './models.ts';

/** Measures pictures of a single eye, for which no face tells where its corners lie. */
export interface EyeCropReader extends AsyncDisposable {
  /** Lid distance ÷ eye width, about 0.25 open and under 0.12 shut. */
  openness(picture: Picture): Promise<number>;
}

/**
 * An eye in a crop fills an unknown part of it, and which of the two eyes it is is unknown too. The network is asked at
 * several sizes and heights and as a mirror image, and the mean taken: where it misses the corners its answers scatter.
 * Nor is the head's tilt known, and shut lids that run aslant are taken for parted ones: of three tilts the least mean
 * counts. Radians; beyond some 20° a head is tilted so far that a face finder would have said so.
 */
const looks = [
  { tilt: 0, growths: [1, 1.2, 1.4, 1.7], shifts: [-0.1, 0, 0.1] },
  { tilt: -0.3, growths: [1.2, 1.4], shifts: [-0.05, 0.05] },
  { tilt: 0.3, growths: [1.2, 1.4], shifts: [-0.05, 0.05] },
] as const;

/** Throws FramesiftError `dependency` or `model`. */
export async function openEyeCropReader(): Promise<EyeCropReader> {
  const models = await findFaceModels();
  const network = await openNetwork(models.files.iris);
  return {
    async openness(picture) {
      let least = Infinity;
      for (const look of looks) least = Math.min(least, await meanOpenness(network, picture, look));
      return least;
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

async function meanOpenness(
  network: Network,
  picture: Picture,
  { tilt, growths, shifts }: (typeof looks)[number],
): Promise<number> {
  const { width, height } = picture;
  let [sum, count] = [0, 0];
  for (const growth of growths) {
    for (const shift of shifts) {
      const side = width * growth;
      const patch = { x: width / 2, y: height * (0.5 + shift), width: side, height: side, angle: tilt };
      for (const mirrored of [false, true]) {
        sum += (await measureEye(network, picture, patch, mirrored)).openness;
        count += 1;
      }
    }
  }
  return sum / count;
}
