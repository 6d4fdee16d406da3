/** A mark on a slide: a line of text or a filled rectangle, in pixels of a 1280×720 picture. */
export type Mark =
  | {
      readonly text: string;
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly color: string;
      readonly bold?: true;
      /** From which step of an animated build it is there. Default 1. */
      readonly from?: number;
    }
  | {
      readonly box: readonly [x: number, y: number, width: number, height: number];
      readonly color: string;
      readonly from?: number;
    };

export interface SampleSlide {
  readonly background: string;
  readonly builds: number;
  readonly marks: readonly Mark[];
}

/** What is on screen for a while; a fade goes from the scene before to the scene after. */
export type Scene =
  | { readonly show: 'slide'; readonly slide: number; readonly build: number; readonly seconds: number }
  | { readonly show: 'fade' | 'speaker'; readonly seconds: number };

const ink = '0x1d2733';
const soft = '0x4a5868';
const sea = '0x1f6f8b';
const sand = '0xd9822b';
const paper = '0xfcfbf7';
const night = '0x12303f';

const heading = (text: string, color = ink): Mark[] => [
  { text, x: 80, y: 74, size: 46, color, bold: true },
  { box: [80, 140, 110, 6], color: sand },
];

const bullet = (text: string, row: number, from = 1): Mark[] => [
  { box: [84, 214 + row * 74, 12, 12], color: sea, from },
  { text, x: 118, y: 202 + row * 74, size: 31, color: soft, from },
];

/** Rows of the tide table; `evening` is the one figure in which two of the slides differ. */
const tideTable = (day: string, evening: string): SampleSlide => ({
  background: paper,
  builds: 1,
  marks: [
    ...heading(`Tide table, ${day}`),
    { box: [80, 186, 760, 56], color: sea },
    ...['Time', 'Height', 'State'].map((text, column): Mark => ({
      text,
      x: 104 + column * 250,
      y: 199,
      size: 28,
      color: 'white',
      bold: true,
    })),
    ...[
      ['03:41', '5.62 m', 'high water'],
      ['09:58', '0.84 m', 'low water'],
      ['16:07', evening, 'high water'],
      ['22:23', '0.71 m', 'low water'],
    ].flatMap((cells, row) =>
      cells.map((text, column): Mark => ({ text, x: 104 + column * 250, y: 260 + row * 66, size: 30, color: ink })),
    ),
    ...[304, 370, 436, 502].map((y): Mark => ({ box: [80, y, 760, 2], color: '0xd5dbe0' })),
    { text: 'Heights above chart datum, harbour gauge 14', x: 80, y: 590, size: 24, color: soft },
  ],
});

const bars = [38, 52, 74, 96, 104, 90, 66, 44];

export const sampleSlides: readonly SampleSlide[] = [
  {
    background: night,
    builds: 1,
    marks: [
      { box: [80, 250, 110, 8], color: sand },
      { text: 'How the sea keeps time', x: 80, y: 286, size: 62, color: 'white', bold: true },
      { text: 'Reading tides from a harbour wall', x: 82, y: 376, size: 34, color: '0xbfd6df' },
      { text: 'A sample talk, drawn by Framesift', x: 82, y: 600, size: 25, color: '0x8fb0bd' },
    ],
  },
  {
    background: paper,
    builds: 3,
    marks: [
      ...heading('What moves the water'),
      ...bullet('The moon pulls the near side more than the far side', 0),
      ...bullet('The sun adds almost half as much again', 1, 2),
      ...bullet('Coast and sea bed decide when and how high', 2, 3),
      {
        text: 'Two bulges, one turning planet: two tides a day',
        x: 118,
        y: 470,
        size: 28,
        color: sea,
        bold: true,
        from: 3,
      },
    ],
  },
  tideTable('Monday', '5.48 m'),
  tideTable('Monday', '5.43 m'),
  {
    background: '0xf1f6f7',
    builds: 1,
    marks: [
      ...heading('Spring and neap'),
      { text: 'Range in decimetres over one week', x: 80, y: 172, size: 26, color: soft },
      ...bars.map((height, day): Mark => ({
        box: [110 + day * 92, 560 - height * 3, 62, height * 3],
        color: day === 4 ? sand : sea,
      })),
      ...bars.map((height, day): Mark => ({ text: String(height), x: 118 + day * 92, y: 572, size: 24, color: ink })),
      { text: 'Largest two days after full moon', x: 80, y: 640, size: 28, color: ink, bold: true },
    ],
  },
  {
    background: night,
    builds: 1,
    marks: [
      ...heading('To take home', 'white'),
      { text: 'Look at the moon before you look at the table', x: 84, y: 220, size: 33, color: 'white' },
      { text: 'Rule of twelfths: half the rise comes in two hours', x: 84, y: 300, size: 33, color: 'white' },
      { text: 'Wind and pressure can add half a metre', x: 84, y: 380, size: 33, color: 'white' },
      { text: 'tides.example/harbour', x: 84, y: 560, size: 28, color: '0xf0b472' },
    ],
  },
];

/** About a minute: a build in three steps, a cutaway, a digit that changes, a cross-fade and a slide that comes back. */
export const sampleScenes: readonly Scene[] = [
  { show: 'slide', slide: 0, build: 1, seconds: 7 },
  { show: 'slide', slide: 1, build: 1, seconds: 4.2 },
  { show: 'slide', slide: 1, build: 2, seconds: 4 },
  { show: 'slide', slide: 1, build: 3, seconds: 6.4 },
  { show: 'speaker', seconds: 4.6 },
  { show: 'slide', slide: 2, build: 1, seconds: 7.6 },
  { show: 'slide', slide: 3, build: 1, seconds: 6.2 },
  { show: 'fade', seconds: 0.8 },
  { show: 'slide', slide: 4, build: 1, seconds: 8 },
  { show: 'slide', slide: 1, build: 3, seconds: 5.2 },
  { show: 'slide', slide: 5, build: 1, seconds: 7 },
];

/** The times, words and steps that a recording is known to show, in seconds: what `bench/quality` scores against. */
export interface TalkTruth {
  readonly video: string;
  readonly duration: number;
  readonly style: string;
  readonly segments: readonly {
    readonly kind: 'slide' | 'cutaway' | 'transition';
    readonly slide?: number;
    readonly build?: number;
    readonly builds?: number;
    readonly start: number;
    readonly end: number;
  }[];
  readonly slides: readonly { readonly id: number; readonly text: string; readonly seconds: number }[];
}

const textOf = (slide: SampleSlide): string =>
  slide.marks
    .filter((mark) => 'text' in mark)
    .map((mark) => mark.text)
    .join('\n');

export function sampleTruth(video: string): TalkTruth {
  let time = 0;
  const segments: TalkTruth['segments'][number][] = [];
  for (const scene of sampleScenes) {
    const start = Number(time.toFixed(3));
    time += scene.seconds;
    const end = Number(time.toFixed(3));
    if (scene.show === 'slide') {
      const builds = sampleSlides[scene.slide]?.builds ?? 1;
      segments.push({ kind: 'slide', slide: scene.slide, build: scene.build, builds, start, end });
    } else segments.push({ kind: scene.show === 'fade' ? 'transition' : 'cutaway', start, end });
  }
  const secondsOf = (slide: number): number =>
    segments.reduce((sum, segment) => sum + (segment.slide === slide ? segment.end - segment.start : 0), 0);
  return {
    video,
    duration: Number(time.toFixed(3)),
    style: 'sample',
    segments,
    slides: sampleSlides.map((slide, id) => ({ id, text: textOf(slide), seconds: Number(secondsOf(id).toFixed(3)) })),
  };
}
