import { Random } from './random.ts';
import heldOut from './validation.json' with { type: 'json' };

/**
 * What a talk is drawn from: independent choices, each with its values and how often each is taken. The first value of a
 * choice is the plain one, which makes nothing harder.
 */
export const kinds = {
  theme: {
    light: 5,
    dark: 3,
    minimal: 2,
    gradient: 2,
    photo: 2,
    corporate: 2,
    handwritten: 1,
    chalkboard: 1,
    pastel: 1,
  },
  content: {
    mixed: 8,
    bullets: 2,
    code: 1,
    maths: 1,
    tables: 1,
    charts: 1,
    'one-word': 1,
    diagrams: 1,
    pictures: 1,
    quotes: 1,
  },
  twins: { none: 14, digit: 1, word: 1, row: 1, colour: 1, numbered: 1, suffix: 1 },
  language: { en: 14, de: 1, fr: 1, pl: 1, es: 1, ru: 0, el: 0, ar: 0, ja: 0, zh: 0 },
  pace: { calm: 5, brisk: 2, hurried: 1, flick: 0.7, bursts: 1, long: 0.7, 'hurried-then-calm': 0.7 },
  change: {
    cut: 6,
    fade: 2,
    'through-black': 0.7,
    'through-white': 0.7,
    dissolve: 0.7,
    push: 0.7,
    wipe: 0.7,
    zoom: 0.7,
    mixed: 0.7,
  },
  build: { none: 7, lines: 2, uncover: 0.7, 'fly-in': 0.7, typewriter: 0.7, highlight: 0.7, grow: 0.7 },
  lives: {
    nothing: 9,
    'pointer-small': 1,
    'pointer-big': 0.7,
    laser: 0.7,
    spotlight: 0.7,
    'inset-small': 1,
    'inset-large': 0.7,
    'inset-moves': 0.7,
    'inset-resizes': 0.7,
    'inset-off-and-on': 0.7,
    film: 0.7,
    gif: 0.7,
    clock: 0.7,
    captions: 0.7,
    'chat-message': 0.7,
    'tool-bar': 0.7,
    ink: 0.7,
    presenter: 0.7,
    ticker: 0.7,
    'progress-bar': 0.7,
  },
  layout: {
    full: 8,
    'beside-speaker': 0.7,
    switches: 0.7,
    'two-windows': 0.7,
    'four-by-three': 0.7,
    desktop: 0.7,
    strip: 0.7,
    margins: 0.7,
  },
  camera: { none: 14, keystone: 0.7, shake: 0.7, exposure: 0.7, heads: 0.7 },
  break: {
    none: 8,
    speaker: 1,
    gallery: 0.7,
    terminal: 0.7,
    editor: 0.7,
    document: 0.7,
    browser: 0.7,
    intro: 0.7,
    black: 0.7,
    bars: 0.7,
  },
  codec: { h264: 8, hevc: 1, vp9: 1, av1: 1 },
  quality: { crf23: 5, crf18: 1, crf28: 2, crf32: 1, crf36: 0.7, crf40: 0.7 },
  size: { '720p': 6, '1080p': 1, '480p': 1.5, '360p': 1, '240p': 0.4, '1440p': 0.3, '2160p': 0.2 },
  rate: { fps10: 5, fps5: 1, fps15: 1, fps25: 1, fps30: 0.7, fps50: 0.3, fps60: 0.3, 'on-change': 1, uneven: 0.7 },
  'key-frames': { every250: 3, every1s: 1, every2s: 2, every5s: 1, every10s: 1 },
  scan: { progressive: 24, interlaced: 1 },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;

export type Axis = keyof typeof kinds;
export type Value<A extends Axis> = keyof (typeof kinds)[A] & string;
export type Choices = { readonly [A in Axis]: Value<A> };
export const axes = Object.keys(kinds) as readonly Axis[];

/** `dev` is for looking at and for training; `validation` is for judging alone. */
export type TalkSet = 'dev' | 'validation';

const nameOf = (axis: Axis, value: string): string => `${axis}=${value}`;

/** Every kind of a set as `axis=value`: what is held out is in the validation set alone. */
export function kindsOf(set: TalkSet): readonly string[] {
  const held: readonly string[] = heldOut.kinds;
  return axes
    .flatMap((axis) => Object.keys(kinds[axis]).map((value) => nameOf(axis, value)))
    .filter((kind) => set === 'validation' || !held.includes(kind));
}

export const isHeldOut = (kind: string): boolean => (heldOut.kinds as readonly string[]).includes(kind);

/** The plain kinds, which nearly every talk has: a table by kind says little of them. */
export const plainKinds: readonly string[] = axes.map((axis) => nameOf(axis, Object.keys(kinds[axis])[0]!));

/**
 * The kinds that a name stands for: `change=fade`, `fade`, or a whole choice, `change`.
 *
 * @throws Error that lists what there is
 */
export function kindsNamed(name: string, set: TalkSet): readonly string[] {
  const all = kindsOf(set);
  const meant = all.filter((kind) => kind === name || kind.endsWith(`=${name}`) || kind.startsWith(`${name}=`));
  if (meant.length === 0) throw new Error(`no kind "${name}". There are:\n  ${all.join('\n  ')}`);
  return meant;
}

/** Draws every choice; those of `given` stay as they are. */
export function chooseKinds(random: Random, set: TalkSet, given: readonly string[]): Choices {
  const allowed = new Set(kindsOf(set));
  const chosen: Partial<Record<Axis, string>> = {};
  for (const axis of axes) {
    const weights = Object.fromEntries(
      Object.entries(kinds[axis]).filter(([value]) => allowed.has(nameOf(axis, value))),
    );
    const drawn = random.weighted(weights);
    chosen[axis] = given.find((kind) => kind.startsWith(`${axis}=`))?.slice(axis.length + 1) ?? drawn;
  }
  return chosen as Choices;
}

export const kindNames = (choices: Choices): readonly string[] => axes.map((axis) => nameOf(axis, choices[axis]));

/** A talk to be drawn: all that follows is fixed by this. */
export interface Recipe {
  readonly name: string;
  readonly seed: string;
  readonly choices: Choices;
}

/**
 * So many talks. Each is made for one kind in turn, so that the rare ones come as often as the others; its other choices are
 * drawn. The same set, seed and place give the same talk.
 */
export function recipes(options: {
  readonly set: TalkSet;
  readonly seed: number;
  readonly count: number;
  readonly kinds?: readonly string[];
}): readonly Recipe[] {
  const { set, seed, count } = options;
  const salt = set === 'validation' ? heldOut.salt : '';
  const turn = new Random(`${salt}${seed} turn`).shuffled(options.kinds ?? kindsOf(set));
  return Array.from({ length: count }, (_, place) => {
    const own = `${salt}${seed} ${place}`;
    const focus = turn[place % turn.length]!;
    return {
      name: `${set === 'validation' ? 'v' : 'd'}${seed}-${String(place).padStart(3, '0')}-${focus.replace('=', '-')}`,
      seed: own,
      choices: reconciled(chooseKinds(new Random(`${own} kinds`), set, [focus]), focus),
    };
  });
}

/** What lives without lying over a page's words for long. */
const harmless: ReadonlySet<string> = new Set([
  'nothing',
  'pointer-small',
  'laser',
  'clock',
  'tool-bar',
  'progress-bar',
]);

/** Takes back choices that would make a talk that nobody can read or that takes minutes to draw; never the one in focus. */
function reconciled(choices: Choices, focus: string): Choices {
  const fixed = { ...choices };
  const plain = (axis: Axis): void => {
    if (!focus.startsWith(`${axis}=`)) Object.assign(fixed, { [axis]: Object.keys(kinds[axis])[0] });
  };
  const small = fixed.size === '240p' || fixed.size === '360p';
  const coarse = fixed.quality === 'crf36' || fixed.quality === 'crf40';
  // A digit that the coding has taken away is no fault of who looks for it.
  if (small || coarse) plain('twins');
  // Neither is the one thing that differs where something lies over it, or while the page is still being built.
  if (fixed.twins !== 'none') {
    if (!harmless.has(fixed.lives)) plain(focus.startsWith('lives=') ? 'twins' : 'lives');
    plain(focus.startsWith('build=') ? 'twins' : 'build');
  }
  if (small && (coarse || fixed.camera !== 'none')) plain('quality');
  if (fixed.camera !== 'none') {
    plain('twins');
    plain('layout');
    if (fixed.size !== '720p') plain('size');
  }
  if (fixed.size === '240p' && fixed.layout !== 'full') plain(focus.startsWith('layout=') ? 'size' : 'layout');
  if (fixed.size === '1440p' || fixed.size === '2160p') plain('rate');
  if (fixed.scan === 'interlaced') {
    Object.assign(fixed, { codec: 'h264' });
    plain('rate');
  }
  return fixed;
}
