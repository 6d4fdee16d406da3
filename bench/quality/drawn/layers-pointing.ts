import { pageSpans, within, type Layer } from './layer.ts';
import type { Context } from './page.ts';
import type { Random } from './random.ts';
import type { Talk } from './talk.ts';

interface Way {
  /** Place at a time, as shares of the picture. */
  readonly at: (time: number) => readonly [x: number, y: number];
}

/** A hand that rests at a place for some seconds and goes on to the next. */
function wandering(talk: Talk, random: Random): Way {
  const stops: { from: number; until: number; x: number; y: number }[] = [];
  for (let from = 0; from < talk.duration + 5;) {
    const until = from + random.between(1, 4);
    stops.push({ from, until, x: random.between(0.1, 0.9), y: random.between(0.15, 0.85) });
    from = until + random.between(0.4, 1);
  }
  return {
    at(time) {
      const place = stops.findLastIndex(({ from }) => from <= time);
      const [now, next] = [stops[Math.max(0, place)]!, stops[place + 1] ?? stops[Math.max(0, place)]!];
      const share = time <= now.until ? 0 : Math.min(1, (time - now.until) / Math.max(0.1, next.from - now.until));
      return [now.x + (next.x - now.x) * share, now.y + (next.y - now.y) * share];
    },
  };
}

const keyOf = (x: number, y: number): string => `${x.toFixed(4)} ${y.toFixed(4)}`;

function arrow(context: Context, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y);
  for (const [right, down] of [
    [0, 1],
    [0.24, 0.78],
    [0.4, 1.12],
    [0.55, 1.05],
    [0.4, 0.72],
    [0.7, 0.7],
  ] as const)
    context.lineTo(x + right * size, y + down * size);
  context.closePath();
  context.fillStyle = '#ffffff';
  context.fill();
  context.lineWidth = size / 14;
  context.strokeStyle = '#000000';
  context.stroke();
}

export function pointerLayer(talk: Talk, random: Random, big: boolean): Layer {
  const way = wandering(talk, random);
  const spans = [{ start: 0, end: talk.duration }];
  return {
    kind: 'pointer',
    spans,
    box: [0.1, 0.15, 0.8, 0.75],
    key: (time) => keyOf(...way.at(time)),
    paint(context, width, height, time) {
      const [x, y] = way.at(time);
      arrow(context, x * width, y * height, height * (big ? 0.09 : 0.032));
    },
  };
}

export function laserLayer(talk: Talk, random: Random): Layer {
  const way = wandering(talk, random);
  const spans = pageSpans(talk.scenes).filter((_, place) => place % 3 !== 2);
  const at = (time: number): readonly [number, number] => {
    const [x, y] = way.at(time);
    return [x + 0.012 * Math.sin(time * 9), y + 0.016 * Math.cos(time * 7)];
  };
  return {
    kind: 'laser',
    spans,
    box: [0.08, 0.12, 0.84, 0.78],
    key: (time) => (within(spans, time) ? keyOf(...at(time)) : undefined),
    paint(context, width, height, time) {
      const [x, y] = at(time);
      const spot = context.createRadialGradient(x * width, y * height, 1, x * width, y * height, height * 0.014);
      spot.addColorStop(0, '#ffffff');
      spot.addColorStop(0.35, '#ff2020');
      spot.addColorStop(1, 'rgba(255,0,0,0)');
      context.fillStyle = spot;
      context.fillRect(x * width - height * 0.02, y * height - height * 0.02, height * 0.04, height * 0.04);
    },
  };
}

/** All is dimmed but a circle that wanders. */
export function spotlightLayer(talk: Talk, random: Random): Layer {
  const way = wandering(talk, random);
  const spans = pageSpans(talk.scenes).filter((_, place) => place % 2 === 1);
  return {
    kind: 'spotlight',
    spans,
    box: [0, 0, 1, 1],
    key: (time) => (within(spans, time) ? keyOf(...way.at(time)) : undefined),
    paint(context, width, height, time) {
      const [x, y] = way.at(time);
      context.fillStyle = 'rgba(0,0,0,0.45)';
      context.beginPath();
      context.rect(0, 0, width, height);
      context.arc(x * width, y * height, height * 0.2, 0, 7, true);
      context.fill('evenodd');
    },
  };
}

/** Lines drawn by hand on the page that stays while the page does. */
export function inkLayer(talk: Talk, random: Random): Layer {
  const strokes = pageSpans(talk.scenes)
    .filter((_, place) => place % 2 === 0)
    .map(({ start, end }) => {
      const from = start + (end - start) * random.between(0.25, 0.5);
      return {
        from,
        until: end,
        takes: random.between(0.6, 1.4),
        x: random.between(0.1, 0.6),
        y: random.between(0.3, 0.8),
        round: random.chance(0.5),
      };
    });
  const spans = strokes.map(({ from, until }) => ({ start: from, end: until }));
  const share = (time: number): number => {
    const stroke = strokes.find(({ from, until }) => time >= from && time < until);
    return stroke ? Math.min(1, (time - stroke.from) / stroke.takes) : 0;
  };
  return {
    kind: 'ink',
    spans,
    box: [0.1, 0.2, 0.8, 0.75],
    key: (time) =>
      within(spans, time)
        ? `${strokes.findIndex(({ from, until }) => time >= from && time < until)} ${share(time).toFixed(3)}`
        : undefined,
    paint(context, width, height, time) {
      const stroke = strokes.find(({ from, until }) => time >= from && time < until);
      if (!stroke) return;
      context.strokeStyle = '#e02020';
      context.lineWidth = height * 0.008;
      context.lineCap = 'round';
      context.beginPath();
      const [x, y] = [stroke.x * width, stroke.y * height];
      if (stroke.round)
        context.ellipse(x + width * 0.12, y, width * 0.12, height * 0.06, 0, 0, Math.PI * 2 * share(time));
      else {
        context.moveTo(x, y);
        context.lineTo(x + width * 0.28 * share(time), y + height * 0.01);
      }
      context.stroke();
    },
  };
}
