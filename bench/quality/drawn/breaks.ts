import { faces } from './fonts.ts';
import type { Choices, Value } from './kinds.ts';
import type { Box, Context } from './page.ts';
import { Random } from './random.ts';
import { paintGrain, paintSpeaker } from './speaker.ts';
import { landscape } from './themes.ts';
import { Writer } from './words.ts';

export type BreakKind = Exclude<Value<'break'>, 'none'>;

/** What is no slide: painted anew for each frame, or for each time that its key changes. */
export interface Break {
  /** The same text, the same picture. @param time seconds since it began */
  readonly key: (time: number) => string;
  readonly paint: (context: Context, width: number, height: number, time: number) => void;
}

const everyFrame = (time: number): string => time.toFixed(3);

function text(context: Context, words: string, x: number, y: number, size: number, color: string, mono = false): void {
  context.font = `${size}px ${mono ? faces.mono : faces.sans}`;
  context.fillStyle = color;
  context.textAlign = 'left';
  context.direction = 'ltr';
  context.textBaseline = 'alphabetic';
  context.fillText(words, x, y);
}

function fill(context: Context, color: string, [x, y, width, height]: Box): void {
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
}

const speaker = (seed: string): Break => ({
  key: everyFrame,
  paint(context, width, height, time) {
    paintSpeaker(context, [0, 0, width, height], time, seed);
    paintGrain(context, [0, 0, width, height], Math.round(time * 10));
  },
});

function gallery(seed: string, writer: Writer): Break {
  const side = new Random(seed).pick([2, 3, 4]);
  const names = Array.from({ length: side * side }, () => writer.oneWord());
  return {
    key: everyFrame,
    paint(context, width, height, time) {
      fill(context, '#1a1a1a', [0, 0, width, height]);
      for (const [place, name] of names.entries()) {
        const box: Box = [
          ((place % side) + 0.03) * (width / side),
          (Math.floor(place / side) + 0.03) * (height / side),
          (width / side) * 0.94,
          (height / side) * 0.94,
        ];
        paintSpeaker(context, box, time, `${seed} ${place}`);
        text(context, name, box[0] + 8, box[1] + box[3] - 8, Math.round(height / 40), '#ffffff');
      }
    },
  };
}

/** Lines that come one after another from below. */
function terminal(writer: Writer): Break {
  const lines = Array.from(
    { length: 400 },
    (_, row) => `[${1000 + row * 7}] ${writer.phrase(3, 8)} ... ${row % 9 ? 'ok' : 'retry'}`,
  );
  const perSecond = 5;
  return {
    key: (time) => String(Math.floor(time * perSecond)),
    paint(context, width, height, time) {
      fill(context, '#0c0c0c', [0, 0, width, height]);
      const size = height / 34;
      const last = 6 + Math.floor(time * perSecond);
      for (let row = 0; row < 26; row += 1) {
        const line = lines[last - row];
        if (line !== undefined) text(context, line, size, height - size * (1.3 * row + 1), size, '#b8f2b8', true);
      }
    },
  };
}

/** Code that somebody is typing. */
function editor(writer: Writer, random: Random): Break {
  const source = Array.from(
    { length: 60 },
    () => `${' '.repeat(2 * random.below(3))}${writer.word()} = ${writer.word()}(${random.below(99)});`,
  ).join('\n');
  const perSecond = 14;
  return {
    key: (time) => String(Math.floor(time * perSecond)),
    paint(context, width, height, time) {
      fill(context, '#1e1e1e', [0, 0, width, height]);
      fill(context, '#252526', [0, 0, width * 0.18, height]);
      fill(context, '#007acc', [0, height * 0.965, width, height * 0.035]);
      const size = height / 32;
      const typed = source.slice(0, 60 + Math.floor(time * perSecond)).split('\n');
      for (const [row, line] of typed.slice(-22).entries())
        text(context, line, width * 0.2, size * 1.4 * (row + 1.5), size, '#d4d4d4', true);
    },
  };
}

/** A page of text, with pictures in a browser, that moves up all the time. */
function scrolled(writer: Writer, seed: string, browser: boolean): Break {
  const lines = Array.from({ length: 160 }, (_, row) => (row % 9 === 0 ? writer.heading() : writer.phrase(8, 13)));
  return {
    key: everyFrame,
    paint(context, width, height, time) {
      fill(context, browser ? '#ffffff' : '#8b9096', [0, 0, width, height]);
      const [left, room] = browser ? [width * 0.1, width * 0.8] : [width * 0.2, width * 0.6];
      fill(context, '#ffffff', [left, 0, room, height]);
      const size = height / 34;
      const moved = time * height * 0.13;
      for (const [row, line] of lines.entries()) {
        const y = size * (1.7 * row + 4) - moved;
        if (y < -size * 14 || y > height + size) continue;
        if (browser && row % 12 === 6) {
          context.save();
          context.translate(left + room * 0.62, y);
          landscape(`${seed} ${row}`)(context, room * 0.35, size * 9);
          context.restore();
        }
        text(context, line, left + size * 2, y, row % 9 === 0 ? size * 1.4 : size, '#20262c');
      }
      if (!browser) return;
      fill(context, '#dee1e6', [0, 0, width, height * 0.09]);
      fill(context, '#ffffff', [width * 0.12, height * 0.045, width * 0.7, height * 0.036]);
    },
  };
}

/** Shapes that turn and a name that grows: never at rest. */
function intro(writer: Writer, random: Random): Break {
  const name = writer.oneWord();
  const hue = random.whole(0, 359);
  return {
    key: everyFrame,
    paint(context, width, height, time) {
      fill(context, `hsl(${hue} 50% 14%)`, [0, 0, width, height]);
      for (let place = 0; place < 9; place += 1) {
        context.save();
        context.translate(
          width * (0.5 + 0.4 * Math.cos(time * 0.9 + place)),
          height * (0.5 + 0.35 * Math.sin(time * 1.3 + place * 2)),
        );
        context.rotate(time * (1 + place / 5));
        context.globalAlpha = 0.7;
        fill(context, `hsl(${(hue + place * 25) % 360} 70% 55%)`, [-height / 12, -height / 12, height / 6, height / 6]);
        context.restore();
      }
      const size = height / 12 + (height / 40) * Math.sin(time * 2) + time * (height / 100);
      text(context, name, width * 0.3 + time * 8, height * 0.55, size, '#ffffff');
    },
  };
}

const bars = ['#c0c0c0', '#c0c000', '#00c0c0', '#00c000', '#c000c0', '#c00000', '#0000c0'];

export function breakOf(kind: BreakKind, seed: string, language: Choices['language']): Break {
  const random = new Random(`${seed} ${kind}`);
  const writer = new Writer(language, random);
  switch (kind) {
    case 'speaker':
      return speaker(seed);
    case 'gallery':
      return gallery(seed, writer);
    case 'terminal':
      return terminal(writer);
    case 'editor':
      return editor(writer, random);
    case 'document':
      return scrolled(writer, seed, false);
    case 'browser':
      return scrolled(writer, seed, true);
    case 'intro':
      return intro(writer, random);
    case 'black':
      return { key: () => '', paint: (context, width, height) => fill(context, '#000000', [0, 0, width, height]) };
    case 'bars':
    default:
      return {
        key: () => '',
        paint(context, width, height) {
          for (const [place, color] of bars.entries())
            fill(context, color, [(place * width) / 7, 0, width / 7 + 1, height]);
        },
      };
  }
}
