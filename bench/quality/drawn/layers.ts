import { faces } from './fonts.ts';
import type { Box, Context } from './page.ts';
import { pageSpans, within, type Layer, type Span } from './layer.ts';
import { insetLayer, presenterLayer } from './layers-people.ts';
import { inkLayer, laserLayer, pointerLayer, spotlightLayer } from './layers-pointing.ts';
import { Random } from './random.ts';
import type { Talk } from './talk.ts';
import { Writer } from './words.ts';

/** Everything that lies over the pages of a talk. */
export function layersOf(talk: Talk): readonly Layer[] {
  const random = new Random(`${talk.recipe.seed} layers`);
  const writer = new Writer(talk.recipe.choices.language, random);
  const { lives } = talk.recipe.choices;
  switch (lives) {
    case 'pointer-small':
    case 'pointer-big':
      return [pointerLayer(talk, random, lives === 'pointer-big')];
    case 'laser':
      return [laserLayer(talk, random)];
    case 'spotlight':
      return [spotlightLayer(talk, random)];
    case 'ink':
      return [inkLayer(talk, random)];
    case 'inset-small':
    case 'inset-large':
    case 'inset-moves':
    case 'inset-resizes':
    case 'inset-off-and-on':
      return [insetLayer(talk, random, lives)];
    case 'presenter':
      return [presenterLayer(talk, random)];
    case 'clock':
      return [clockLayer(talk, random)];
    case 'captions':
      return [captionsLayer(talk, writer, random)];
    case 'chat-message':
      return [messageLayer(talk, writer, random)];
    case 'tool-bar':
      return [toolBarLayer(talk, random)];
    case 'ticker':
      return [tickerLayer(talk, writer)];
    case 'progress-bar':
      return [progressLayer(talk)];
    case 'nothing':
    case 'film':
    case 'gif':
    default:
      return [];
  }
}

function label(context: Context, text: string, x: number, y: number, size: number, color: string): void {
  context.font = `${size}px ${faces.sans}`;
  context.textAlign = 'left';
  context.direction = 'ltr';
  context.textBaseline = 'alphabetic';
  context.fillStyle = color;
  context.fillText(text, x, y);
}

function clockLayer(talk: Talk, random: Random): Layer {
  const begin = random.whole(9 * 3600, 17 * 3600);
  const spans = pageSpans(talk.scenes);
  const two = (value: number): string => String(Math.floor(value) % 60).padStart(2, '0');
  const face = (time: number): string => {
    const now = begin + Math.floor(time);
    return `${Math.floor(now / 3600)}:${two(now / 60)}:${two(now)}`;
  };
  return {
    kind: 'clock',
    spans,
    box: [0.885, 0.02, 0.1, 0.05],
    hides: [[0.885, 0.02, 0.1, 0.05]],
    key: (time) => (within(spans, time) ? face(time) : undefined),
    paint(context, width, height, time) {
      context.fillStyle = 'rgba(20,20,20,0.85)';
      context.fillRect(width * 0.885, height * 0.02, width * 0.1, height * 0.05);
      label(context, face(time), width * 0.893, height * 0.058, height * 0.034, '#ffffff');
    },
  };
}

/** Two lines below that change with what is said. */
function captionsLayer(talk: Talk, writer: Writer, random: Random): Layer {
  const spans = pageSpans(talk.scenes);
  const said: { from: number; text: string }[] = [];
  for (let from = 0.4; from < talk.duration; from += random.between(1.2, 2.8))
    said.push({ from, text: writer.phrase(4, 8) });
  const at = (time: number): number => said.findLastIndex(({ from }) => from <= time);
  return {
    kind: 'captions',
    spans,
    box: [0.15, 0.85, 0.7, 0.13],
    hides: [[0.15, 0.85, 0.7, 0.13]],
    words: said.map(({ text }) => text),
    key: (time) => (within(spans, time) && at(time) >= 0 ? String(at(time)) : undefined),
    paint(context, width, height, time) {
      context.fillStyle = 'rgba(0,0,0,0.82)';
      context.fillRect(width * 0.15, height * 0.85, width * 0.7, height * 0.13);
      const lines = [said[at(time) - 1]?.text ?? '', said[at(time)]!.text];
      for (const [row, line] of lines.entries())
        label(context, line, width * 0.17, height * (0.9 + row * 0.058), height * 0.042, '#ffffff');
    },
  };
}

/** Messages that pop up in a corner for some seconds each. */
function messageLayer(talk: Talk, writer: Writer, random: Random): Layer {
  const spans: Span[] = [];
  for (let start = random.between(2, 5); start < talk.duration - 4; start += random.between(6, 12))
    spans.push({ start, end: start + random.between(2, 4) });
  const texts = spans.map(() => [writer.oneWord(), writer.phrase(3, 5)] as const);
  const at = (time: number): number => spans.findIndex(({ start, end }) => time >= start && time < end);
  const box: Box = random.pick([
    [0.7, 0.04, 0.28, 0.13],
    [0.7, 0.83, 0.28, 0.13],
  ] as const);
  return {
    kind: 'chat-message',
    spans,
    box,
    words: texts.flat(),
    key: (time) => (at(time) >= 0 ? String(at(time)) : undefined),
    paint(context, width, height, time) {
      const [x, y, w, h] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
      context.fillStyle = '#2d2f38';
      context.beginPath();
      context.roundRect(x, y, w, h, height * 0.012);
      context.fill();
      const [who, what] = texts[at(time)]!;
      label(context, who, x + h * 0.15, y + h * 0.4, h * 0.26, '#8ab4f8');
      label(context, what, x + h * 0.15, y + h * 0.75, h * 0.24, '#e8eaed');
    },
  };
}

/** A bar of buttons that comes when somebody moves the mouse. */
function toolBarLayer(talk: Talk, random: Random): Layer {
  const spans: Span[] = [];
  for (let start = random.between(1, 4); start < talk.duration - 3; start += random.between(5, 10))
    spans.push({ start, end: start + random.between(1.2, 3) });
  const atTop = random.chance(0.4);
  return {
    kind: 'tool-bar',
    spans,
    box: [0.25, atTop ? 0 : 0.9, 0.5, 0.1],
    key: (time) => (within(spans, time) ? 'there' : undefined),
    paint(context, width, height) {
      const y = atTop ? 0 : height * 0.9;
      context.fillStyle = '#202124';
      context.fillRect(width * 0.25, y, width * 0.5, height * 0.1);
      for (let button = 0; button < 8; button += 1) {
        context.fillStyle = button === 7 ? '#d93025' : '#5f6368';
        context.beginPath();
        context.arc(width * (0.28 + button * 0.0625), y + height * 0.05, height * 0.028, 0, 7);
        context.fill();
      }
    },
  };
}

/** One line of text that runs along the lower edge. */
function tickerLayer(talk: Talk, writer: Writer): Layer {
  const text = Array.from({ length: 14 }, () => writer.phrase(3, 6)).join('  +++  ');
  const spans = [{ start: 0, end: talk.duration }];
  return {
    kind: 'ticker',
    spans,
    box: [0, 0.93, 1, 0.07],
    hides: [[0, 0.93, 1, 0.07]],
    words: [text],
    key: (time) => time.toFixed(3),
    paint(context, width, height, time) {
      context.fillStyle = '#7a1020';
      context.fillRect(0, height * 0.93, width, height * 0.07);
      label(context, text, width * (0.4 - time * 0.11), height * 0.98, height * 0.04, '#ffffff');
    },
  };
}

/** A thin bar that grows over the whole talk, as players show it. */
function progressLayer(talk: Talk): Layer {
  const spans = [{ start: 0, end: talk.duration }];
  const share = (time: number, steps: number): number => Math.round((time / talk.duration) * steps) / steps;
  return {
    kind: 'progress-bar',
    spans,
    box: [0, 0.985, 1, 0.015],
    key: (time) => String(share(time, 400)),
    paint(context, width, height, time) {
      context.fillStyle = '#666666';
      context.fillRect(0, height * 0.985, width, height * 0.015);
      context.fillStyle = '#ff0000';
      context.fillRect(0, height * 0.985, width * share(time, 400), height * 0.015);
    },
  };
}
