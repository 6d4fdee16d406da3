import type { Picture } from '../../core/frame.ts';
import { resize } from '../text/resize.ts';

/** How a picture becomes a network's input. */
export interface InputSpec {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Order of the numbers: channel by channel, or pixel by pixel. */
  readonly layout: 'NCHW' | 'NHWC';
  /** What a full channel counts: 1, or 255 for networks that normalise by themselves. */
  readonly full: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly channels: 'RGB' | 'BGR';
}

export const dimsOf = ({ width, height, layout }: InputSpec, count: number): number[] =>
  layout === 'NCHW' ? [count, 3, height, width] : [count, height, width, 3];

/**
 * Writes a picture into its place of a batch. The whole picture is brought to the network's size, squeezed where the
 * shapes differ: cutting out the middle, as these networks' makers do for photographs, would cut off what stands at the
 * edges of a slide.
 */
export function writeInput(picture: Picture, spec: InputSpec, batch: Float32Array, index: number): void {
  const { width, height, layout, full, mean, std, channels } = spec;
  const whole = { x0: 0, y0: 0, x1: picture.width, y1: picture.height };
  const { data } = resize(picture, whole, width, height);
  const pixels = width * height;
  const start = index * pixels * 3;
  const [across, along] = layout === 'NCHW' ? [pixels, 1] : [1, 3];
  for (let channel = 0; channel < 3; channel += 1) {
    const scale = full / 255 / std[channel]!;
    const shift = mean[channel]! / std[channel]!;
    const source = channels === 'RGB' ? channel : 2 - channel;
    let at = start + channel * across;
    for (let pixel = source; pixel < pixels * 3; pixel += 3) {
      batch[at] = data[pixel]! * scale - shift;
      at += along;
    }
  }
}
