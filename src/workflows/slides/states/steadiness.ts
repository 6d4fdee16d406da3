import type { Picture } from '../../../core/frame.ts';
import type { Tolerance } from './tolerance.ts';

/** Pairs of samples over which noise and shake are judged. */
const memory = 31;

/** Median difference, in grey levels, beyond which it is not noise: a film that fills the picture changes everywhere. */
const mostNoise = 6;

/** Shifts below this are estimation noise of a picture that stands still, pixels. */
const stillShift = 0.06;

export interface Shift {
  readonly dx: number;
  readonly dy: number;
}

/**
 * How steady the recording is: a screen capture repeats itself to the bit, a filmed screen shakes and has noise. From
 * it follows how much two pictures of the same thing may differ.
 */
export class Steadiness {
  readonly #noise: number[] = [];
  readonly #shake: number[] = [];

  /** Takes in a pair of neighbouring samples. @param shift what `shiftBetween` found for them */
  observe(noise: number, shift: Shift): void {
    push(this.#noise, noise);
    push(this.#shake, Math.hypot(shift.dx, shift.dy));
  }

  /** Median shift between neighbouring samples, pixels. */
  get shake(): number {
    return median(this.#shake);
  }

  /** True for a filmed screen: pictures must be brought into register before they are compared. */
  get shaky(): boolean {
    return this.shake > stillShift;
  }

  get tolerance(): Tolerance {
    const shake = this.shaky ? this.shake : 0;
    return {
      // Twelve levels is what crf-28 pulses leave on a flat area; three times the noise is its usual outer edge.
      levels: 12 + 3 * Math.min(mostNoise, median(this.#noise)),
      contrastShare: Math.min(0.6, 0.18 + 1.2 * shake),
    };
  }
}

function push(list: number[], value: number): void {
  list.push(value);
  if (list.length > memory) list.shift();
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/**
 * Sub-pixel shift that carries `a` onto `b`: one Gauss–Newton step of Lucas and Kanade (1981) over pixels with a
 * gradient, leaving out those whose difference no small shift explains.
 */
export function shiftBetween(a: Picture, b: Picture): Shift {
  const { width, height } = a;
  let [xx, xy, yy, xt, yt, count] = [0, 0, 0, 0, 0, 0];
  // Every other row is enough for two unknowns.
  for (let y = 2; y < height - 2; y += 2) {
    for (let x = 2; x < width - 2; x += 1) {
      const at = y * width + x;
      const gx = (a.data[at + 1]! - a.data[at - 1]!) / 2;
      const gy = (a.data[at + width]! - a.data[at - width]!) / 2;
      const slope = Math.abs(gx) + Math.abs(gy);
      if (slope < 6) continue;
      const change = b.data[at]! - a.data[at]!;
      if (Math.abs(change) > 1.5 * slope + 6) continue;
      xx += gx * gx;
      xy += gx * gy;
      yy += gy * gy;
      xt += gx * change;
      yt += gy * change;
      count += 1;
    }
  }
  const determinant = xx * yy - xy * xy;
  if (count < 50 || determinant <= 1e-6 * xx * yy) return { dx: 0, dy: 0 };
  return { dx: (xy * yt - yy * xt) / determinant, dy: (xy * xt - xx * yt) / determinant };
}

/** `picture` moved back by a shift, so that it lies on the picture it was compared with. Bilinear. */
export function unshift(picture: Picture, { dx, dy }: Shift): Picture {
  const { data, width, height } = picture;
  const out = new Uint8Array(data.length);
  const [ix, iy] = [Math.floor(dx), Math.floor(dy)];
  const [fx, fy] = [dx - ix, dy - iy];
  const clamp = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  for (let y = 0; y < height; y += 1) {
    const above = clamp(y + iy, height) * width;
    const below = clamp(y + iy + 1, height) * width;
    for (let x = 0; x < width; x += 1) {
      const left = clamp(x + ix, width);
      const right = clamp(x + ix + 1, width);
      const top = data[above + left]! * (1 - fx) + data[above + right]! * fx;
      const bottom = data[below + left]! * (1 - fx) + data[below + right]! * fx;
      out[y * width + x] = Math.round(top * (1 - fy) + bottom * fy);
    }
  }
  return { data: out, width, height, channels: 1 };
}

/** Median absolute difference of two pictures: the noise, as most of a picture does not change. Grey levels. */
export function noiseBetween(a: Picture, b: Picture): number {
  const histogram = new Uint32Array(256);
  let count = 0;
  // A prime stride samples all columns evenly.
  for (let at = 0; at < a.data.length; at += 7) {
    const level = Math.abs(a.data[at]! - b.data[at]!);
    histogram[level] = histogram[level]! + 1;
    count += 1;
  }
  let below = 0;
  for (let level = 0; level < 256; level += 1) {
    below += histogram[level]!;
    if (below * 2 > count) return level;
  }
  return 255;
}
