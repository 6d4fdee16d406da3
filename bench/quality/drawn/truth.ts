import type { Truth } from '../score.ts';
import { kindNames, type Recipe } from './kinds.ts';
import type { Layer } from './layer.ts';
import { layersOf } from './layers.ts';
import { linesOf, pageHeight, type Box } from './page.ts';
import { placingOf } from './placing.ts';
import { talkOf, type Scene, type Talk } from './talk.ts';

/** What rests on screen for a while, or lives by itself. Times in seconds from the first frame. */
export interface State {
  readonly start: number;
  readonly end: number;
  /** Slide and build shown; or what is no slide. */
  readonly slide?: number;
  readonly build?: number;
  readonly what?: string;
}

/** All that is known of a drawn talk: a {@link Truth} and more. See README.md for each field. */
export interface DrawnTruth extends Truth {
  readonly format: 'drawn talk 1';
  readonly drawnBy: string;
  readonly name: string;
  readonly kinds: readonly string[];
  readonly language: string;
  readonly width: number;
  readonly height: number;
  readonly rate: number;
  readonly segments: readonly (Truth['segments'][number] & { readonly what?: string })[];
  readonly slides: readonly (Truth['slides'][number] & {
    readonly lines: readonly {
      readonly text: string;
      readonly build: number;
      readonly box?: Box;
      readonly covered?: true;
    }[];
  })[];
  readonly layers: readonly {
    readonly kind: string;
    readonly box: Box;
    readonly spans: readonly { readonly start: number; readonly end: number }[];
    readonly words?: readonly string[];
  }[];
  readonly states: readonly State[];
}

type Segment = DrawnTruth['segments'][number];

function segmentsOf(talk: Talk, scene: Scene): Segment[] {
  const begin = scene.start + scene.change.seconds;
  const change: Segment[] =
    scene.change.seconds > 0 ? [{ kind: 'transition', what: scene.change.kind, start: scene.start, end: begin }] : [];
  if ('break' in scene) return [...change, { kind: 'cutaway', what: scene.kind, start: begin, end: scene.end }];
  const builds = talk.pages[scene.page]!.steps;
  const starts = [begin, ...scene.steps.map(({ end }) => end)];
  const shown = starts.map((start, place) => ({
    kind: 'slide',
    slide: scene.page,
    build: scene.firstStep + place,
    builds,
    start,
    end: starts[place + 1] ?? scene.end,
  }));
  return [...change, ...shown];
}

function statesOf(scene: Scene): State[] {
  const begin = scene.start + scene.change.seconds;
  if ('break' in scene) return [{ start: begin, end: scene.end, what: scene.kind }];
  const starts = [begin, ...scene.steps.map(({ end }) => end)];
  return starts.map((start, place) => ({
    start,
    end: scene.steps[place]?.start ?? scene.end,
    slide: scene.page,
    build: scene.firstStep + place,
  }));
}

/** Where a page's lines are in the picture, as shares of it; before a camera looks at it. */
function placer(talk: Talk): (box: Box, page: number) => Box {
  const [x, y, width, height] = placingOf(talk)(0).page;
  const { width: wide, height: high } = talk;
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  return ([left, top, w, h], page) => {
    const scale = [width / talk.pages[page]!.width, height / pageHeight] as const;
    return [
      rounded((x + left * scale[0]) / wide),
      rounded((y + top * scale[1]) / high),
      rounded((w * scale[0]) / wide),
      rounded((h * scale[1]) / high),
    ];
  };
}

/** Share of a line from which on it cannot be read for what lies over it. */
const hiddenShare = 0.15;

function overlap([x, y, width, height]: Box, [left, top, wide, high]: Box): number {
  const across = Math.min(x + width, left + wide) - Math.max(x, left);
  const down = Math.min(y + height, top + high) - Math.max(y, top);
  return across > 0 && down > 0 ? (across * down) / (width * height) : 0;
}

const isCovered = (line: Box, layers: readonly Layer[]): boolean =>
  layers.some(({ hides }) => hides?.every((box) => overlap(line, box) > hiddenShare) ?? false);

function slidesOf(talk: Talk, segments: readonly Segment[], layers: readonly Layer[]): DrawnTruth['slides'] {
  const place = placer(talk);
  const { camera, layout } = talk.recipe.choices;
  const stays = camera === 'none' && layout !== 'switches';
  return talk.pages.flatMap((page, id) => {
    const seconds = segments.reduce((sum, { slide, start, end }) => sum + (slide === id ? end - start : 0), 0);
    const lines = linesOf(page).map(({ text, box: own, step }) => {
      const box = place(own, id);
      return {
        text,
        build: step,
        ...(stays ? { box } : {}),
        ...(isCovered(box, layers) ? { covered: true as const } : {}),
      };
    });
    const seen = lines.filter(({ covered }) => covered === undefined).map(({ text }) => text);
    return seconds === 0 ? [] : [{ id, text: seen.join('\n'), seconds, lines }];
  });
}

/** Sums of frames' times end in many nines. */
function inMicroseconds<T extends { readonly start: number; readonly end: number }>(span: T): T {
  const rounded = (time: number): number => Math.round(time * 1e6) / 1e6;
  return { ...span, start: rounded(span.start), end: rounded(span.end) };
}

/** What the video of a recipe shows, without drawing it. */
export function truthOf(recipe: Recipe, video: string, drawnBy: string): DrawnTruth {
  const talk = talkOf(recipe);
  const segments = talk.scenes.flatMap((scene) => segmentsOf(talk, scene));
  const layers = layersOf(talk);
  return {
    format: 'drawn talk 1',
    drawnBy,
    name: recipe.name,
    video,
    duration: talk.duration,
    style: 'drawn',
    kinds: kindNames(recipe.choices),
    language: recipe.choices.language,
    width: talk.width,
    height: talk.height,
    rate: talk.rate,
    segments: segments.map(inMicroseconds),
    slides: slidesOf(talk, segments, layers),
    layers: layers.map(({ kind, box, spans, words }) => ({ kind, box, spans, ...(words ? { words } : {}) })),
    states: talk.scenes.flatMap(statesOf).map(inMicroseconds),
  };
}
