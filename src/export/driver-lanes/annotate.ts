import type { DriverFace, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';

export interface AnnotateOptions {
  /** Whose outlines are drawn. */
  readonly driver?: DriverFace;
  /** Every face in the picture. */
  readonly faces: readonly Region[];
  /** Makes faces unrecognizable. Where none was found although one may be there, the whole picture is. */
  readonly blurFaces: boolean;
}

/** Blocks along the shorter side of a blurred face: six tell nobody from another. */
const blocks = 6;
/** A face's region by the detector ends at the brows and the chin: hair and ears are added. */
const growth = 1.8;
const colour = [64, 224, 160] as const;

/** A copy of the picture with landmarks drawn, and faces blurred beneath them where that is asked for. */
export function annotate(picture: Picture, { driver, faces, blurFaces }: AnnotateOptions): Picture {
  const copy: Picture = { ...picture, data: new Uint8Array(picture.data) };
  if (blurFaces) {
    const regions = [...faces, ...(driver ? [driver.region] : [])];
    if (regions.length === 0) coarsen(copy, [0, 0, 1, 1], 1);
    for (const region of regions) coarsen(copy, region, growth);
  }
  for (const outline of driver?.outlines ?? []) {
    for (const [index, [x, y]] of outline.entries()) {
      const [nextX, nextY] = outline[(index + 1) % outline.length]!;
      drawLine(copy, x * copy.width, y * copy.height, nextX * copy.width, nextY * copy.height);
    }
  }
  return copy;
}

/** Replaces blocks by their mean colour. Nothing of what was there can be computed back from it. */
function coarsen({ data, width, height, channels }: Picture, region: Region, grown: number): void {
  const [left, top, wide, high] = region;
  const clamp = (value: number, most: number): number => Math.round(Math.min(most, Math.max(0, value)));
  const from = [
    clamp((left - (wide * (grown - 1)) / 2) * width, width),
    clamp((top - (high * (grown - 1)) / 2) * height, height),
  ] as const;
  const to = [
    clamp((left + (wide * (grown + 1)) / 2) * width, width),
    clamp((top + (high * (grown + 1)) / 2) * height, height),
  ] as const;
  const side = Math.max(1, Math.ceil(Math.min(to[0] - from[0], to[1] - from[1]) / blocks));
  for (let y = from[1]; y < to[1]; y += side) {
    for (let x = from[0]; x < to[0]; x += side) {
      const [endX, endY] = [Math.min(x + side, to[0]), Math.min(y + side, to[1])];
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = y; row < endY; row++) {
          for (let column = x; column < endX; column++) sum += data[(row * width + column) * channels + channel]!;
        }
        const mean = sum / ((endX - x) * (endY - y));
        for (let row = y; row < endY; row++) {
          for (let column = x; column < endX; column++) data[(row * width + column) * channels + channel] = mean;
        }
      }
    }
  }
}

/** Steps of at most a pixel along the longer way. */
function drawLine({ data, width, height, channels }: Picture, x: number, y: number, toX: number, toY: number): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - x), Math.abs(toY - y))));
  for (let step = 0; step <= steps; step++) {
    const column = Math.floor(x + ((toX - x) * step) / steps);
    const row = Math.floor(y + ((toY - y) * step) / steps);
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    for (let channel = 0; channel < channels; channel++)
      data[(row * width + column) * channels + channel] = colour[channel]!;
  }
}
