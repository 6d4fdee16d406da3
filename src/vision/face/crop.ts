import type { Picture } from '../../core/frame.ts';

/** A rectangle in a picture, turned about its centre. Pixels; pixel (0, 0) has its centre at (0.5, 0.5). */
export interface Patch {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Radians, clockwise as the picture is seen. */
  readonly angle: number;
}

export interface CropOptions {
  /** Mirrors left and right: networks of one eye know the other by its mirror image. */
  readonly mirrored?: boolean;
  /** Each colour becomes `colour × scale + offset`. Default 1/255 and 0. */
  readonly scale?: number;
  readonly offset?: number;
  /** What lies outside the picture: the network's zero (default), or the pixel at the edge continued. */
  readonly outside?: 'zero' | 'edge';
  /** Filled and returned instead of a new array, so that a picture a moment leaves no garbage behind. */
  readonly into?: Float32Array;
}

/** Cuts a patch out as `width` × `height` × 3 floats, row by row, bilinearly interpolated. */
export function crop(
  picture: Picture,
  patch: Patch,
  width: number,
  height: number,
  options: CropOptions = {},
): Float32Array {
  const { mirrored = false, scale = 1 / 255, offset = 0, outside = 'zero' } = options;
  const { data, width: sourceWidth, height: sourceHeight, channels } = picture;
  const result = options.into ?? new Float32Array(width * height * 3);
  const [cos, sin] = [Math.cos(patch.angle), Math.sin(patch.angle)];
  const [lastX, lastY] = [sourceWidth - 1, sourceHeight - 1];
  const second = channels === 3 ? 1 : 0;
  const third = channels === 3 ? 2 : 0;
  const rowBytes = sourceWidth * channels;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const down = ((row + 0.5) / height - 0.5) * patch.height;
    for (let column = 0; column < width; column++, at += 3) {
      const across = (((mirrored ? width - 1 - column : column) + 0.5) / width - 0.5) * patch.width;
      let x = patch.x + across * cos - down * sin - 0.5;
      let y = patch.y + across * sin + down * cos - 0.5;
      if (x < 0 || y < 0 || x > lastX || y > lastY) {
        if (outside === 'zero') {
          result[at] = result[at + 1] = result[at + 2] = offset;
          continue;
        }
        x = Math.min(lastX, Math.max(0, x));
        y = Math.min(lastY, Math.max(0, y));
      }
      const left = Math.min(Math.floor(x), Math.max(0, lastX - 1));
      const top = Math.min(Math.floor(y), Math.max(0, lastY - 1));
      const [toRight, toBottom] = [x - left, y - top];
      const a = (1 - toRight) * (1 - toBottom);
      const b = toRight * (1 - toBottom);
      const c = (1 - toRight) * toBottom;
      const d = toRight * toBottom;
      const p = top * rowBytes + left * channels;
      const q = lastX > 0 ? p + channels : p;
      const r = lastY > 0 ? p + rowBytes : p;
      const s = r + (q - p);
      result[at] = (data[p]! * a + data[q]! * b + data[r]! * c + data[s]! * d) * scale + offset;
      result[at + 1] =
        (data[p + second]! * a + data[q + second]! * b + data[r + second]! * c + data[s + second]! * d) * scale +
        offset;
      result[at + 2] =
        (data[p + third]! * a + data[q + third]! * b + data[r + third]! * c + data[s + third]! * d) * scale + offset;
    }
  }
  return result;
}

/** A point of a crop, in its own pixels, back in the picture that it was cut from. */
export function toPicture(
  patch: Patch,
  width: number,
  height: number,
  x: number,
  y: number,
): readonly [x: number, y: number] {
  const across = (x / width - 0.5) * patch.width;
  const down = (y / height - 0.5) * patch.height;
  const [cos, sin] = [Math.cos(patch.angle), Math.sin(patch.angle)];
  return [patch.x + across * cos - down * sin, patch.y + across * sin + down * cos];
}
