import { createCanvas, type Canvas } from '@napi-rs/canvas';
import type { Context } from './page.ts';
import { Random } from './random.ts';
import type { Talk } from './talk.ts';

/** What a camera in the room makes of a picture. */
export interface Camera {
  readonly key: (time: number) => string;
  readonly seen: (picture: Canvas, time: number) => Canvas;
}

const strips = 80;

/** A projected picture seen from one side: its left and right edges differ in height. */
function paintKeystone(context: Context, picture: Canvas, left: number, right: number): void {
  const { width, height } = picture;
  const [from, wide] = [width * 0.08, width * 0.84];
  for (let strip = 0; strip < strips; strip += 1) {
    const share = strip / strips;
    const high = height * (left + (right - left) * share);
    context.drawImage(picture, (strip * width) / strips, 0, width / strips, height,
      from + share * wide, height * 0.48 - high / 2, wide / strips + 1, high); // prettier-ignore
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
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const [left, right] = kind === 'keystone' ? [random.between(0.62, 0.84), random.between(0.62, 0.84)] : [0.84, 0.84];
  const sway = kind === 'shake' ? 0.004 : 0;
  return {
    key: (time) => (kind === 'keystone' ? '' : time.toFixed(3)),
    seen(picture, time) {
      context.resetTransform();
      context.fillStyle = '#1b1d20';
      context.fillRect(0, 0, width, height);
      context.save();
      const turn = sway * (Math.sin(time * 2.1) + 0.6 * Math.sin(time * 5.3 + 1));
      context.translate(width * turn, height * sway * Math.sin(time * 1.7 + 2));
      context.rotate(turn * 0.4);
      paintKeystone(context, picture, left, right);
      if (kind === 'heads') paintHeads(context, width, height, time);
      context.restore();
      const dim =
        kind === 'exposure' ? 0.16 + 0.14 * Math.sin(time * 0.5) + (Math.sin(time * 0.23) > 0.9 ? 0.1 : 0) : 0.08;
      context.fillStyle = `rgba(10,8,4,${dim.toFixed(4)})`;
      context.fillRect(0, 0, width, height);
      return canvas;
    },
  };
}
