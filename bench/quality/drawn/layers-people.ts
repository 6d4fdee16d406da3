import type { Value } from './kinds.ts';
import { pageSpans, within, type Layer, type Span } from './layer.ts';
import type { Box } from './page.ts';
import type { Random } from './random.ts';
import { paintGrain, paintSpeaker } from './speaker.ts';
import type { Talk } from './talk.ts';

type Inset = Extract<Value<'lives'>, `inset-${string}`>;

function cornered(random: Random, wide: number, high: number): Box {
  const gap = random.pick([0, 0.015, 0.03]);
  const right = random.chance(0.75);
  const below = random.chance(0.7);
  return [right ? 1 - wide - gap : gap, below ? 1 - high - gap : gap, wide, high];
}

/** The speaker's own picture over a corner of the page. */
export function insetLayer(talk: Talk, random: Random, kind: Inset): Layer {
  const wide = kind === 'inset-large' ? random.between(0.26, 0.34) : random.between(0.14, 0.22);
  const shape = random.pick([1, 4 / 3, 16 / 9]);
  const boxOf = (size: number): Box => cornered(random, size, (size * talk.width) / talk.height / shape);
  const home = boxOf(wide);
  const moves = kind === 'inset-moves' || kind === 'inset-resizes';
  const away =
    kind === 'inset-resizes'
      ? ([
          home[0] - (home[0] > 0.5 ? home[2] * 0.5 : 0),
          home[1] - (home[1] > 0.4 ? home[3] * 0.5 : 0),
          home[2] * 1.5,
          home[3] * 1.5,
        ] as Box)
      : boxOf(wide);
  const turn = random.between(0.3, 0.6) * talk.duration;
  const shown = pageSpans(talk.scenes);
  const spans: Span[] =
    kind === 'inset-off-and-on'
      ? shown.flatMap(({ start, end }) => {
          const gone = { start: talk.duration * 0.35, end: talk.duration * 0.6 };
          const parts = [
            { start, end: Math.min(end, gone.start) },
            { start: Math.max(start, gone.end), end },
          ];
          return parts.filter((part) => part.end > part.start);
        })
      : shown;
  const now = (time: number): Box => (moves && time >= turn ? away : home);
  return {
    kind: 'inset',
    spans,
    box: home,
    ...(kind === 'inset-off-and-on' ? {} : { hides: moves ? [home, away] : [home] }),
    key: (time) => (within(spans, time) ? time.toFixed(3) : undefined),
    paint(context, width, height, time) {
      const [x, y, w, h] = now(time);
      const box: Box = [x * width, y * height, w * width, h * height];
      paintSpeaker(context, box, time, talk.recipe.seed);
      paintGrain(context, box, Math.round(time * 10));
    },
  };
}

/** Somebody who stands in front of the page and walks now and then. */
export function presenterLayer(talk: Talk, random: Random): Layer {
  const spans = pageSpans(talk.scenes);
  const walks = random.between(0.03, 0.07);
  return {
    kind: 'presenter',
    spans,
    box: [0.58, 0.3, 0.42, 0.7],
    key: (time) => (within(spans, time) ? time.toFixed(3) : undefined),
    paint(context, width, height, time) {
      const x = width * (0.82 + 0.1 * Math.sin(time * walks * 6) + 0.01 * Math.sin(time * 2));
      const side = height * 0.07;
      context.fillStyle = '#23282e';
      context.beginPath();
      context.roundRect(x - side * 1.5, height * 0.52, side * 3, height * 0.6, side);
      context.fill();
      context.fillStyle = '#c89a7c';
      context.beginPath();
      context.ellipse(x + side * 0.1 * Math.sin(time * 3), height * 0.44, side * 0.75, side, 0, 0, 7);
      context.fill();
      context.strokeStyle = '#23282e';
      context.lineWidth = side * 0.7;
      context.lineCap = 'round';
      context.beginPath();
      context.moveTo(x - side * 1.2, height * 0.6);
      context.lineTo(x - side * 2.6, height * (0.62 + 0.05 * Math.sin(time * 1.7)));
      context.stroke();
    },
  };
}
