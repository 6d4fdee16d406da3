import type { Picture } from '../../core/frame.ts';
import { openNetwork } from '../onnx.ts';
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
 */
const growths = [1, 1.2, 1.4, 1.7] as const;
const shifts = [-0.1, 0, 0.1] as const;

/** Throws FramesiftError `dependency` or `model`. */
export async function openEyeCropReader(): Promise<EyeCropReader> {
  const models = await findFaceModels();
  const network = await openNetwork(models.files.iris);
  return {
    async openness(picture) {
      const { width, height } = picture;
      let [sum, count] = [0, 0];
      for (const growth of growths) {
        for (const shift of shifts) {
          const patch = {
            x: width / 2,
            y: height * (0.5 + shift),
            width: width * growth,
            height: width * growth,
            angle: 0,
          };
          for (const mirrored of [false, true]) {
            sum += (await measureEye(network, picture, patch, mirrored)).openness;
            count += 1;
          }
        }
      }
      return sum / count;
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}
