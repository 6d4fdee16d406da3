import { pageHeight, type Box, type Context } from './page.ts';
import { Random } from './random.ts';
import { paintSpeaker } from './speaker.ts';
import type { Talk } from './talk.ts';
import { landscape } from './themes.ts';
import { Writer } from './words.ts';

/** Where the page is in the picture, and what is around it. */
export interface Placing {
  /** The same text, the same surroundings. */
  readonly key: string;
  /** In pixels, whole numbers. */
  readonly page: Box;
  /** Around the page, painted before it. */
  readonly paint: (context: Context) => void;
}

const whole = (box: Box): Box => box.map(Math.round) as unknown as Box;

function fitted(talk: Talk, [x, y, width, height]: Box): Box {
  const shape = talk.pages[0]!.width / pageHeight;
  const wide = Math.min(width, height * shape);
  const high = wide / shape;
  return whole([x + (width - wide) / 2, y + (height - high) / 2, wide, high]);
}

/** How the page is placed at a time; breaks fill the whole picture. */
export function placingOf(talk: Talk): (time: number) => Placing {
  const { width, height, recipe } = talk;
  const random = new Random(`${recipe.seed} placing`);
  const ground = `hsl(${random.whole(0, 359)} 20% ${random.whole(12, 30)}%)`;
  const fill = (context: Context, color = ground): void => {
    context.fillStyle = color;
    context.fillRect(0, 0, width, height);
  };
  const full = (): Placing => ({
    key: 'full',
    page: fitted(talk, [0, 0, width, height]),
    paint: (context) => fill(context, '#000000'),
  });
  const beside = (time: number): Placing => ({
    key: `beside ${time.toFixed(3)}`,
    page: fitted(talk, [width * 0.02, height * 0.1, width * 0.66, height * 0.8]),
    paint(context) {
      fill(context);
      paintSpeaker(context, [width * 0.7, height * 0.15, width * 0.28, height * 0.7], time, recipe.seed);
    },
  });
  switch (recipe.choices.layout) {
    case 'full':
    case 'four-by-three':
      return full;
    case 'beside-speaker':
      return beside;
    case 'switches': {
      const turns: number[] = [];
      for (let time = random.between(4, 8); time < talk.duration; time += random.between(5, 11)) turns.push(time);
      return (time) => (turns.filter((turn) => turn <= time).length % 2 === 0 ? full() : beside(time));
    }
    case 'margins': {
      const box = fitted(talk, [width * 0.06, height * 0.06, width * 0.88, height * 0.88]);
      return () => ({ key: 'margins', page: box, paint: (context) => fill(context) });
    }
    case 'strip':
      return (time) => ({
        key: `strip ${time.toFixed(3)}`,
        page: fitted(talk, [0, height * 0.19, width, height * 0.81]),
        paint(context) {
          fill(context, '#161616');
          for (let place = 0; place < 4; place += 1)
            paintSpeaker(
              context,
              [width * (0.14 + place * 0.19), height * 0.01, width * 0.17, height * 0.17],
              time,
              `${recipe.seed} ${place}`,
            );
        },
      });
    case 'two-windows':
      return twoWindows(talk, random);
    case 'desktop':
    default:
      return desktop(talk, random);
  }
}

/** The page in one window, and beside it a list that does not change. */
function twoWindows(talk: Talk, random: Random): () => Placing {
  const { width, height } = talk;
  const writer = new Writer(talk.recipe.choices.language, random);
  const names = Array.from({ length: 7 }, () => writer.oneWord());
  const page = fitted(talk, [width * 0.01, height * 0.06, width * 0.72, height * 0.9]);
  return () => ({
    key: 'windows',
    page,
    paint(context) {
      context.fillStyle = '#3a4048';
      context.fillRect(0, 0, width, height);
      context.fillStyle = '#f4f4f4';
      context.fillRect(width * 0.75, height * 0.06, width * 0.24, height * 0.9);
      for (const place of names.keys()) {
        context.fillStyle = `hsl(${place * 50} 40% 55%)`;
        context.beginPath();
        context.arc(width * 0.78, height * (0.13 + place * 0.11), height * 0.03, 0, 7);
        context.fill();
        context.fillStyle = '#d0d4d8';
        context.fillRect(
          width * 0.81,
          height * (0.12 + place * 0.11),
          width * (0.08 + ((0.015 * names[place]!.length) % 0.09)),
          height * 0.02,
        );
      }
    },
  });
}

/** A screen with its picture, icons and a task bar; the page in a window. */
function desktop(talk: Talk, random: Random): () => Placing {
  const { width, height, recipe } = talk;
  const page = fitted(talk, [width * 0.12, height * 0.09, width * 0.8, height * 0.8]);
  const wallpaper = landscape(`${recipe.seed} desktop`);
  const title = Math.round(height * 0.035);
  const dark = random.chance(0.5);
  return () => ({
    key: 'desktop',
    page,
    paint(context) {
      wallpaper(context, width, height);
      for (let icon = 0; icon < 5; icon += 1) {
        context.fillStyle = `hsl(${icon * 67} 60% 55%)`;
        context.fillRect(width * 0.02, height * (0.06 + icon * 0.13), height * 0.07, height * 0.07);
      }
      context.fillStyle = dark ? '#202020' : '#e9e9e9';
      context.fillRect(0, height * 0.95, width, height * 0.05);
      context.fillRect(page[0], page[1] - title, page[2], title);
      for (const [place, color] of ['#ff5f57', '#febc2e', '#28c840'].entries()) {
        context.fillStyle = color;
        context.beginPath();
        context.arc(page[0] + title * (0.6 + place * 0.8), page[1] - title / 2, title * 0.25, 0, 7);
        context.fill();
      }
    },
  });
}
