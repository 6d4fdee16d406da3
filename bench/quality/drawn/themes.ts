import type { Value } from './kinds.ts';
import type { Context, Paint, Theme } from './page.ts';
import type { Writer } from './words.ts';
import { Random } from './random.ts';

const flat =
  (color: string): Paint =>
  (context, width, height) => {
    context.fillStyle = color;
    context.fillRect(0, 0, width, height);
  };

const slanted =
  (from: string, to: string): Paint =>
  (context, width, height) => {
    const gradient = context.createLinearGradient(0, 0, width, height);
    gradient.addColorStop(0, from);
    gradient.addColorStop(1, to);
    context.fillStyle = gradient;
    context.fillRect(0, 0, width, height);
  };

function hills(context: Context, width: number, height: number, random: Random, hue: number): void {
  for (let layer = 0; layer < 5; layer += 1) {
    const base = height * (0.35 + layer * 0.14);
    const waves = [0, 1, 2].map(() => [random.between(20, 90), random.between(0.002, 0.012), random.between(0, 6)]);
    context.fillStyle = `hsl(${hue + layer * 8} ${25 + layer * 6}% ${52 - layer * 9}%)`;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 4) {
      const rise = waves.reduce((sum, [size, step, shift]) => sum + size! * Math.sin(x * step! + shift!), 0);
      context.lineTo(x, base + rise * (1 - layer * 0.12));
    }
    context.lineTo(width, height);
    context.fill();
  }
}

/** A landscape with sky, sun, hills and thousands of specks: as busy as a photograph, and drawn anew from its seed. */
export function landscape(seed: string): Paint {
  return (context, width, height) => {
    const random = new Random(`${seed} landscape`);
    const hue = random.whole(0, 359);
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${hue} 45% 62%)`);
    sky.addColorStop(1, `hsl(${(hue + 40) % 360} 60% 82%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    const [x, y] = [random.between(0.1, 0.9) * width, random.between(0.1, 0.3) * height];
    const sun = context.createRadialGradient(x, y, 10, x, y, 160);
    sun.addColorStop(0, 'rgba(255,250,220,0.9)');
    sun.addColorStop(1, 'rgba(255,250,220,0)');
    context.fillStyle = sun;
    context.fillRect(0, 0, width, height);
    hills(context, width, height, random, (hue + 120) % 360);
    for (let speck = 0; speck < 2500; speck += 1) {
      context.fillStyle = `hsla(${(hue + random.whole(60, 200)) % 360} 40% ${random.whole(15, 85)}% / 0.28)`;
      const side = random.between(2, 9);
      context.fillRect(random.next() * width, (0.3 + 0.7 * random.next()) * height, side, side);
    }
  };
}

/** A landscape under a veil, so that words on it can be read. */
function veiled(seed: string, dark: boolean): Paint {
  const picture = landscape(seed);
  return (context, width, height) => {
    picture(context, width, height);
    context.fillStyle = dark ? 'rgba(8,14,22,0.62)' : 'rgba(255,255,255,0.72)';
    context.fillRect(0, 0, width, height);
  };
}

function framed(bar: string, accent: string): Paint {
  return (context, width, height) => {
    flat('#ffffff')(context, width, height);
    context.fillStyle = bar;
    context.fillRect(0, 0, width, 26);
    context.fillRect(0, height - 44, width, 44);
    context.fillStyle = accent;
    context.fillRect(0, 26, width, 6);
    context.beginPath();
    context.arc(width - 60, height - 22, 14, 0, 7);
    context.fill();
  };
}

const plain = { headFace: 'sans', bodyFace: 'sans' } as const;
const brightAccents = ['#f6a54a', '#6fc3de', '#f28b82', '#81c995', '#c3aef5'] as const;
const accents = ['#d9822b', '#1f6f8b', '#b5332e', '#2f7d4f', '#6a4fa3', '#c2185b'] as const;

/** The looks of one deck. */
export function themeOf(kind: Value<'theme'>, seed: string, writer: Writer): Theme {
  const random = new Random(`${seed} theme`);
  const accent = random.pick(accents);
  const second = random.pick(accents.filter((other) => other !== accent));
  const bodyFace = random.pick(['sans', 'sans', 'deja', 'serif'] as const);
  const common = {
    accent,
    second,
    scale: random.between(0.88, 1.12),
    numbered: random.chance(0.45),
    ...(random.chance(0.3) ? { footer: writer.phrase(2, 3) } : {}),
  };
  const light = { ...common, ink: '#1d2733', soft: '#46525f', paper: '#ffffff', tinted: second };
  const dark = { ...common, ink: '#f2f5f7', soft: '#c3ced6', paper: '#22303c', tinted: random.pick(brightAccents) };
  const faces = { ...plain, bodyFace, headFace: bodyFace };
  switch (kind) {
    case 'light':
      return { ...light, ...faces, background: flat(random.pick(['#ffffff', '#fcfbf7', '#f3f6f8'])) };
    case 'dark':
      return { ...dark, ...faces, background: flat(random.pick(['#14212b', '#0f1020', '#1e1e1e', '#12303f'])) };
    case 'minimal':
      return { ...light, ...plain, accent: light.ink, background: flat('#ffffff'), scale: 1.25, numbered: false };
    case 'gradient':
      return random.chance(0.5)
        ? { ...dark, ...faces, background: slanted('#102a43', '#48307a') }
        : { ...light, ...faces, background: slanted('#fdfcfb', '#cfe3ef') };
    case 'photo': {
      const night = random.chance(0.5);
      return { ...(night ? dark : light), ...faces, background: veiled(seed, night) };
    }
    case 'corporate':
      return { ...light, ...faces, background: framed(random.pick(['#123a5a', '#5a1230', '#333a40']), accent) };
    case 'handwritten':
      return { ...light, headFace: 'hand', bodyFace: 'hand', scale: 1.15, background: flat('#fbfaf4') };
    case 'chalkboard':
      return {
        ...dark,
        headFace: 'hand',
        bodyFace: 'hand',
        scale: 1.15,
        paper: '#24463a',
        background: flat('#2b5245'),
      };
    case 'pastel':
    default:
      return { ...light, ...faces, background: flat(random.pick(['#fde8e4', '#e3f1e5', '#e8e4f6', '#fff3d1'])) };
  }
}
