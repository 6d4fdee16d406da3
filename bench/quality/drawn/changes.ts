import type { Canvas } from '@napi-rs/canvas';
import type { Value } from './kinds.ts';
import type { Context } from './page.ts';
import type { Random } from './random.ts';

export type ChangeKind = Exclude<Value<'change'>, 'mixed'>;

const moving = ['fade', 'through-black', 'through-white', 'dissolve', 'push', 'wipe', 'zoom'] as const;

export interface Change {
  readonly kind: ChangeKind;
  /** 0 for a cut. */
  readonly seconds: number;
}

/** How one scene goes over into the next; it takes at most a third of the time that the next is shown. */
export function drawnChange(kind: Value<'change'>, random: Random, shownSeconds: number): Change {
  const one: ChangeKind = kind === 'mixed' ? random.pick(['cut', ...moving]) : kind;
  if (one === 'cut') return { kind: one, seconds: 0 };
  const [least, most] = one === 'dissolve' ? [1.5, 3] : one.startsWith('through') ? [0.6, 1.6] : [0.25, 0.9];
  const seconds = Math.min(random.between(least, most), shownSeconds / 3);
  return seconds < 0.15 ? { kind: 'cut', seconds: 0 } : { kind: one, seconds };
}

/** Paints what lies between two pictures. @param share how far the change has come, 0–1 */
export function paintChange(context: Context, kind: ChangeKind, from: Canvas, to: Canvas, share: number): void {
  const { width, height } = to;
  const whole = (picture: Canvas, x = 0, y = 0): void => context.drawImage(picture, x, y);
  const veil = (picture: Canvas, color: string, strength: number): void => {
    whole(picture);
    context.globalAlpha = strength;
    context.fillStyle = color;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
  };
  switch (kind) {
    case 'cut':
      whole(to);
      break;
    case 'fade':
    case 'dissolve':
      whole(from);
      context.globalAlpha = share;
      whole(to);
      context.globalAlpha = 1;
      break;
    case 'through-black':
    case 'through-white': {
      const color = kind === 'through-black' ? '#000000' : '#ffffff';
      if (share < 0.5) veil(from, color, share * 2);
      else veil(to, color, 2 - share * 2);
      break;
    }
    case 'push':
      whole(from, -share * width);
      whole(to, (1 - share) * width);
      break;
    case 'wipe':
      whole(from);
      context.drawImage(to, 0, 0, share * width, height, 0, 0, share * width, height);
      break;
    case 'zoom': {
      whole(from);
      const [w, h] = [width * share, height * share];
      context.globalAlpha = Math.min(1, share * 1.5);
      context.drawImage(to, (width - w) / 2, (height - h) / 2, w, h);
      context.globalAlpha = 1;
      break;
    }
  }
}
