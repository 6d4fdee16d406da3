import type { Picture } from '../../core/frame.ts';

/** A part of a picture in whole pixels; `x1` and `y1` lie outside of it. */
export interface Area {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** For each of `count` wanted points, the source points that make it up and their weights (which sum to 1). */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array;
  /** Weights held for each point; those not needed are 0. */
  readonly stride: number;
}

/**
 * `area` of an RGB picture at another size: each point the mean of the pixels that it covers when shrinking, linear
 * between neighbours when enlarging. The picture itself comes back where nothing would change.
 */
export function resize(picture: Picture, area: Area, width: number, height: number): Picture {
  const [areaWidth, areaHeight] = [area.x1 - area.x0, area.y1 - area.y0];
  if (areaWidth === picture.width && areaHeight === picture.height && width === areaWidth && height === areaHeight) {
    return picture;
  }
  const columns = taps(areaWidth, width);
  const rows = taps(areaHeight, height);
  const data = new Uint8Array(width * height * 3);
  const source = picture.data;
  const length = areaWidth * 3;
  const mixed = new Float32Array(length);
  for (let y = 0; y < height; y++) {
    mixed.fill(0);
    for (let k = 0; k < rows.stride; k++) {
      const weight = rows.weights[y * rows.stride + k]!;
      if (weight === 0) continue;
      const start = ((area.y0 + rows.first[y]! + k) * picture.width + area.x0) * 3;
      for (let i = 0; i < length; i++) mixed[i]! += source[start + i]! * weight;
    }
    const target = y * width * 3;
    for (let x = 0; x < width; x++) {
      let [red, green, blue] = [0.5, 0.5, 0.5];
      for (let k = 0; k < columns.stride; k++) {
        const weight = columns.weights[x * columns.stride + k]!;
        if (weight === 0) continue;
        const i = (columns.first[x]! + k) * 3;
        red += mixed[i]! * weight;
        green += mixed[i + 1]! * weight;
        blue += mixed[i + 2]! * weight;
      }
      data[target + x * 3] = red;
      data[target + x * 3 + 1] = green;
      data[target + x * 3 + 2] = blue;
    }
  }
  return { data, width, height, channels: 3 };
}

function taps(from: number, to: number): Taps {
  const step = from / to;
  const stride = step > 1 ? Math.ceil(step) + 1 : 2;
  const first = new Int32Array(to);
  const weights = new Float32Array(to * stride);
  for (let i = 0; i < to; i++) {
    if (step > 1) {
      const [start, end] = [i * step, Math.min(from, (i + 1) * step)];
      first[i] = Math.floor(start);
      for (let k = 0; k < stride; k++) {
        const covered = Math.min(end, first[i]! + k + 1) - Math.max(start, first[i]! + k);
        // Less than a thousandth of a pixel is rounding, and may lie past the last pixel.
        if (covered > 1e-3) weights[i * stride + k] = covered / (end - start);
      }
    } else {
      const at = Math.min(from - 1, Math.max(0, (i + 0.5) * step - 0.5));
      first[i] = Math.floor(at);
      weights[i * stride] = 1 - (at - first[i]!);
      weights[i * stride + 1] = at - first[i]!;
    }
  }
  return { first, weights, stride };
}
