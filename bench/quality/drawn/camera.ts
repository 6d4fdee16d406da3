import { createCanvas, ImageData } from '@napi-rs/canvas';
import type { Context } from './page.ts';
import { Random } from './random.ts';
import type { Talk } from './talk.ts';

/** What a camera in the room makes of a picture. */
export interface Camera {
  readonly key: (time: number) => string;
  /** @param picture RGBA; what is returned is so too, and valid until the next call */
  readonly seen: (picture: Uint8Array, time: number) => Uint8Array;
}

/** Where a picture of the wall is in the camera's, as shares of it: from its left edge on, and how high at either side. */
interface View {
  readonly left: number;
  readonly width: number;
  readonly heights: readonly [number, number];
  /** How far the camera has moved, in pixels, and by how much it is dimmer. */
  readonly shift: readonly [number, number];
  readonly dim: number;
}

const wall = [27, 29, 32] as const;

/** The picture as it is seen from one side: its left and right edges differ in height. Nearest points of two rows are mixed. */
function paintView(from: Uint8Array, to: Uint8Array, width: number, height: number, view: View): void {
  const keep = 1 - view.dim;
  const [lower, upper] = view.heights;
  for (let x = 0; x < width; x += 1) {
    const across = ((x - view.shift[0]) / width - view.left) / view.width;
    const high = height * (lower + (upper - lower) * across);
    const top = height * 0.48 - high / 2 + view.shift[1];
    const column = Math.floor(across * width);
    for (let y = 0; y < height; y += 1) {
      const at = (y * width + x) * 4;
      const down = ((y - top) / high) * height - 0.5;
      const inside = across >= 0 && across < 1 && down >= 0 && down < height - 1;
      const row = Math.floor(down);
      const part = down - row;
      const source = (row * width + column) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = inside
          ? from[source + channel]! * (1 - part) + from[source + width * 4 + channel]! * part
          : wall[channel]!;
        to[at + channel] = value * keep;
      }
      to[at + 3] = 255;
    }
  }
}

function paintHeads(context: Context, width: number, height: number, time: number): void {
  for (let head = 0; head < 6; head += 1) {
    const x = width * (0.08 + head * 0.17) + width * 0.006 * Math.sin(time * 0.7 + head);
    const y = height * (1.01 + 0.006 * Math.sin(time * 0.9 + head * 2));
    context.fillStyle = '#0b0d10';
    context.beginPath();
    context.ellipse(x, y - height * 0.07, height * 0.055, height * 0.07, 0, 0, 7);
    context.ellipse(x, y + height * 0.06, height * 0.13, height * 0.09, 0, 0, 7);
    context.fill();
  }
}

export function cameraOf(talk: Talk): Camera | undefined {
  const { width, height, recipe } = talk;
  const kind = recipe.choices.camera;
  if (kind === 'none') return undefined;
  const random = new Random(`${recipe.seed} camera`);
  const heights =
    kind === 'keystone' ? ([random.between(0.62, 0.84), random.between(0.62, 0.84)] as const) : ([0.84, 0.84] as const);
  const sway = kind === 'shake' ? 0.004 : 0;
  const overlay = kind === 'heads' ? createCanvas(width, height) : undefined;
  const pixels = new ImageData(width, height);
  const seen = new Uint8Array(pixels.data.buffer);
  return {
    key: (time) => (kind === 'keystone' ? '' : time.toFixed(3)),
    seen(picture, time) {
      const turn = sway * (Math.sin(time * 2.1) + 0.6 * Math.sin(time * 5.3 + 1));
      const drift = 0.16 + 0.14 * Math.sin(time * 0.5) + (Math.sin(time * 0.23) > 0.9 ? 0.1 : 0);
      paintView(picture, seen, width, height, {
        left: 0.08,
        width: 0.84,
        heights,
        shift: [width * turn, height * sway * Math.sin(time * 1.7 + 2)],
        dim: kind === 'exposure' ? drift : 0.08,
      });
      if (!overlay) return seen;
      const context = overlay.getContext('2d');
      context.putImageData(pixels, 0, 0);
      paintHeads(context, width, height, time);
      return overlay.data();
    },
  };
}
