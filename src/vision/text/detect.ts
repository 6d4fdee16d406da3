import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { findDrawn } from './blank.ts';
import { findBoxes } from './boxes.ts';
import { heightOf, type LineBox } from './line.ts';
import { resize } from './resize.ts';

/** The network halves its input five times. */
const grain = 32;
/** ImageNet's mean and deviation for blue, green, red, as the weights were trained. */
const means = [0.406, 0.456, 0.485] as const;
const deviations = [0.225, 0.224, 0.229] as const;

/** Pixels of a box at which its text, about half as high, begins to lose characters at the first look. */
const smallLine = 18;
/** How much closer the second look is. */
const closer = 4 / 3;
/** Pictures below the looked-for size are enlarged, but not beyond what carries any more detail. */
const maxEnlarged = 2;

/**
 * Lines in an RGB picture, in its pixels, looked for at `side` pixels along its longer side. Where a quarter or more
 * of what is found is small, the picture is looked at again at four thirds of that: most slides never need it.
 */
export async function detectLines(picture: Picture, network: Network, side: number): Promise<LineBox[]> {
  const longer = Math.max(picture.width, picture.height);
  const scale = Math.min(maxEnlarged, side / longer);
  const lines = await detectAt(picture, network, scale);
  const closerScale = Math.min(maxEnlarged, scale * closer);
  const small = lines.filter((line) => heightOf(line) * scale < smallLine);
  if (small.length === 0 || small.length * 4 < lines.length || closerScale === scale) return lines;
  return detectAt(picture, network, closerScale);
}

async function detectAt(picture: Picture, network: Network, scale: number): Promise<LineBox[]> {
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const small = resize(picture, { x0: 0, y0: 0, x1: picture.width, y1: picture.height }, width, height);
  const drawn = findDrawn(small);
  if (drawn.rows.length === 0) return [];
  const mapWidth = Math.ceil((drawn.x1 - drawn.x0) / grain) * grain;
  const mapHeight = Math.ceil(drawn.rows.length / grain) * grain;
  const input = pack(small, drawn.rows, drawn.x0, mapWidth, mapHeight);
  const { data } = await network.run(input, [1, 3, mapHeight, mapWidth]);
  const rowAt = (y: number): number => {
    const whole = Math.min(drawn.rows.length - 1, Math.max(0, Math.floor(y)));
    return drawn.rows[whole]! + (y - whole);
  };
  const [scaleX, scaleY] = [picture.width / width, picture.height / height];
  return findBoxes(data, mapWidth, mapHeight)
    .map((box) => {
      // Rows are put back by the middle of the line, which is drawn for certain; its height is that of the map.
      const middle = (box.y0 + box.y1) / 2;
      const lift = rowAt(middle) - middle;
      return {
        x0: Math.max(0, Math.round((box.x0 + drawn.x0) * scaleX)),
        x1: Math.min(picture.width, Math.round((box.x1 + drawn.x0) * scaleX)),
        y0: Math.max(0, Math.round((box.y0 + lift) * scaleY)),
        y1: Math.min(picture.height, Math.round((box.y1 + lift) * scaleY)),
        slope: (box.slope * scaleY) / scaleX,
      };
    })
    .filter((box) => box.x1 - box.x0 >= 4 && box.y1 - box.y0 >= 4);
}

/** [3, height, width] in BGR, normalised; what lies past the picture repeats its last column and row. */
function pack(picture: Picture, rows: Int32Array, x0: number, width: number, height: number): Float32Array {
  const plane = width * height;
  const packed = new Float32Array(3 * plane);
  const inside = Math.min(width, picture.width - x0);
  for (let channel = 0; channel < 3; channel++) {
    const gain = 1 / (255 * deviations[channel]!);
    const offset = -means[channel]! / deviations[channel]!;
    for (let y = 0; y < height; y++) {
      const row = rows[Math.min(y, rows.length - 1)]!;
      const target = channel * plane + y * width;
      let i = (row * picture.width + x0) * 3 + 2 - channel;
      for (let x = 0; x < inside; x++, i += 3) packed[target + x] = picture.data[i]! * gain + offset;
      packed.fill(packed[target + inside - 1]!, target + inside, target + width);
    }
  }
  return packed;
}
