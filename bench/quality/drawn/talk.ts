import { breakOf, type Break, type BreakKind } from './breaks.ts';
import { drawnChange, type Change } from './changes.ts';
import { isHeldOut, type Choices, type Recipe } from './kinds.ts';
import { layOut } from './layout.ts';
import { pageHeight, type Page, type PageState, type Theme } from './page.ts';
import { Random } from './random.ts';
import { deckSpecs, type PageKind } from './spec.ts';
import { themeOf } from './themes.ts';
import { isRightToLeft, Writer } from './words.ts';

/** A step of a page's build: from `start` it is coming, from `end` it is there. */
export interface Step {
  readonly start: number;
  readonly end: number;
}

/** A stretch in which one page, or one thing that is none, is shown. Times in seconds from the first frame. */
export type Scene = {
  readonly start: number;
  readonly end: number;
  /** How it came from the scene before; this takes the first seconds of the scene. */
  readonly change: Change;
} & (
  | {
      readonly page: number;
      /** Steps that are there from the start. */
      readonly firstStep: number;
      /** The ones that come while it is shown. */
      readonly steps: readonly Step[];
      /** A row is marked from each of these times on. */
      readonly highlights: readonly number[];
    }
  | { readonly break: Break; readonly kind: BreakKind }
);

export interface Talk {
  readonly recipe: Recipe;
  readonly width: number;
  readonly height: number;
  /** Frames a second at most; every time is a whole number of frames. */
  readonly rate: number;
  readonly duration: number;
  readonly theme: Theme;
  readonly pages: readonly Page[];
  readonly scenes: readonly Scene[];
}

const sizes: Readonly<Record<Choices['size'], readonly [number, number]>> = {
  '240p': [426, 240],
  '360p': [640, 360],
  '480p': [854, 480],
  '720p': [1280, 720],
  '1080p': [1920, 1080],
  '1440p': [2560, 1440],
  '2160p': [3840, 2160],
};

const rates: Readonly<Record<Choices['rate'], number>> = {
  fps5: 5,
  fps10: 10,
  fps15: 15,
  fps25: 25,
  fps30: 30,
  fps50: 50,
  fps60: 60,
  'on-change': 10,
  uneven: 25,
};

/** Seconds that each page is shown, before steps of a build lengthen them. */
function paceOf(pace: Choices['pace'], random: Random): readonly number[] {
  const some = (count: number, least: number, most: number): number[] =>
    Array.from({ length: count }, () => random.between(least, most));
  switch (pace) {
    case 'calm':
      return some(random.whole(4, 6), 4.5, 9);
    case 'brisk':
      return some(random.whole(6, 9), 2.8, 4.5);
    case 'hurried':
      return some(random.whole(9, 13), 1.8, 2.4);
    case 'flick':
      return random.shuffled([...some(6, 0.8, 1.3), ...some(4, 4, 7)]);
    case 'bursts':
      return [...some(2, 5, 8), ...some(5, 1.4, 2.4), ...some(1, 7, 9), ...some(3, 2.1, 3)];
    case 'long':
      return some(random.whole(2, 3), 16, 26);
    case 'hurried-then-calm':
    default:
      return [...some(7, 1.8, 2.4), ...some(3, 7, 10)];
  }
}

const stepSeconds = { typewriter: [1.2, 2.4], 'fly-in': [0.3, 0.6], grow: [0.5, 0.9] } as const;
const kindsOfStep: Readonly<Partial<Record<Choices['build'], PageState['how']>>> = {
  typewriter: 'type',
  'fly-in': 'fly',
  grow: 'grow',
};
export const howSteps = (build: Choices['build']): PageState['how'] => kindsOfStep[build];

/** The talk of a recipe: the same recipe gives the same talk. Nothing is painted yet. */
export function talkOf(recipe: Recipe): Talk {
  const { choices, seed } = recipe;
  const random = new Random(`${seed} talk`);
  const rate = rates[choices.rate];
  const [width, height] = sizes[choices.size];
  const pace = paceOf(choices.pace, random);
  const theme = themeOf(choices.theme, seed, new Writer(choices.language, new Random(`${seed} deck`)));
  const held = new Set<PageKind>(
    (['picture', 'quote'] as const).filter((kind) => isHeldOut(`content=${kind}s`) && choices.content !== `${kind}s`),
  );
  const specs = deckSpecs(choices, random, pace.length, held);
  const built = ['lines', 'uncover', 'fly-in', 'typewriter', 'grow'].includes(choices.build);
  const pageWidth = (choices.layout === 'four-by-three' ? 4 / 3 : 16 / 9) * pageHeight;
  const rightToLeft = isRightToLeft(choices.language);
  const pages = specs.map((spec, place) =>
    layOut(spec, theme, { width: pageWidth, rightToLeft, built, number: place + 1 }),
  );
  const scenes = scenesOf(recipe, pages, pace, rate, random);
  return { recipe, width, height, rate, duration: scenes.at(-1)!.end, theme, pages, scenes };
}

function scenesOf(
  recipe: Recipe,
  pages: readonly Page[],
  pace: readonly number[],
  rate: number,
  random: Random,
): Scene[] {
  const { choices, seed } = recipe;
  const onFrame = (time: number): number => Math.round(time * rate) / rate;
  const scenes: Scene[] = [];
  let time = 0;
  const add = (make: (start: number, change: Change) => Scene, seconds: number): void => {
    const change = time === 0 ? ({ kind: 'cut', seconds: 0 } as const) : drawnChange(choices.change, random, seconds);
    scenes.push(make(time, { ...change, seconds: onFrame(change.seconds) }));
    time = scenes.at(-1)!.end;
  };
  const addPage = (page: number, seconds: number, again: boolean): void =>
    add(
      (start, change) => pageScene({ page, of: pages[page]!, seconds, again, start, change, choices, onFrame, random }),
      seconds,
    );
  const breaks = choices.break === 'none' ? [] : breakPlaces(choices.break, pages.length, random);
  for (const [page, seconds] of pace.entries()) {
    const length = random.between(4, 9);
    if (choices.break !== 'none' && breaks.includes(page)) {
      const kind = choices.break;
      const what = breakOf(kind, `${seed} ${page}`, choices.language);
      add((start, change) => ({ start, end: onFrame(start + length), change, kind, break: what }), length);
    }
    addPage(page, seconds, false);
    // Somebody goes back to an earlier slide.
    if (page > 1 && random.chance(0.12)) addPage(random.below(page), random.between(2, 5), true);
  }
  return scenes;
}

/** Before which pages something else is shown. */
function breakPlaces(kind: BreakKind, pages: number, random: Random): readonly number[] {
  if (kind === 'intro') return [0];
  const first = random.below(pages);
  return random.chance(0.5) ? [first] : [first, (first + 2) % pages];
}

interface SceneOrder {
  readonly page: number;
  readonly of: Page;
  readonly seconds: number;
  /** Shown before: wholly there. */
  readonly again: boolean;
  readonly start: number;
  readonly change: Change;
  readonly choices: Choices;
  readonly onFrame: (time: number) => number;
  readonly random: Random;
}

function pageScene({ page, of, seconds, again, start, change, choices, onFrame, random }: SceneOrder): Scene {
  const begin = start + change.seconds;
  const rest = Math.max(seconds - change.seconds, 0.8);
  const common = { start, change, page };
  if (choices.build === 'highlight' && !again && of.rows.length > 0) {
    const count = Math.min(of.rows.length, Math.max(1, Math.floor(rest / 2)));
    const highlights = Array.from({ length: count }, (_, row) => onFrame(begin + ((row + 0.5) * rest) / count));
    return { ...common, end: onFrame(begin + rest), firstStep: of.steps, steps: [], highlights };
  }
  if (again || of.steps === 1)
    return { ...common, end: onFrame(begin + rest), firstStep: of.steps, steps: [], highlights: [] };
  const wait = Math.min(1.4, Math.max(0.7, rest / of.steps));
  const takes = stepSeconds[choices.build as keyof typeof stepSeconds];
  const steps: Step[] = [];
  let time = begin;
  for (let step = 2; step <= of.steps; step += 1) {
    const from = onFrame(time + wait * random.between(0.8, 1.3));
    const end = takes === undefined ? from : onFrame(from + random.between(takes[0], takes[1]));
    steps.push({ start: from, end });
    time = end;
  }
  // The last step stands for a while, as a speaker lets it.
  return { ...common, end: onFrame(time + Math.max(1.6, rest * 0.5)), firstStep: 1, steps, highlights: [] };
}
