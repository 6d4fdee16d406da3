import type { PictureCondition } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';

/** Brightness, contrast and detail of a small luma picture. */
export function conditionOf({ data, width, height }: Picture): PictureCondition {
  let [sum, squares, steps] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let at = row * width, end = at + width; at < end; at++) {
      const value = data[at]!;
      sum += value;
      squares += value * value;
      if (at + 1 < end) steps += Math.abs(data[at + 1]! - value);
      if (row + 1 < height) steps += Math.abs(data[at + width]! - value);
    }
  }
  const count = width * height;
  const neighbours = (width - 1) * height + width * (height - 1);
  const brightness = sum / count;
  return {
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / count - brightness * brightness)),
    detail: steps / Math.max(1, neighbours),
  };
}
