/** What is known of a talk: the shape of a `.truth.json` file. Times in seconds. */
export interface Truth {
  readonly video: string;
  readonly duration: number;
  readonly style?: string;
  readonly segments: readonly {
    readonly kind: string;
    readonly slide?: number;
    readonly build?: number;
    readonly builds?: number;
    readonly start: number;
    readonly end: number;
  }[];
  readonly slides: readonly { readonly id: number; readonly text: string; readonly seconds: number }[];
}

/** The part of `slides.json` that is scored. */
export interface Found {
  readonly slides: readonly {
    readonly timestamp: number;
    readonly image?: string;
    readonly appearances?: readonly { readonly start: number; readonly end: number }[];
    readonly text?: string;
  }[];
}

export interface Score {
  /** Slides shown for at least two seconds. */
  readonly slides: number;
  readonly images: number;
  /** Of those slides, the share that was captured. */
  readonly recall: number;
  /** Share of the images that show a slide for the first time; a second one of the same, a cutaway or a fade does not. */
  readonly precision: number;
  readonly f1: number;
  /** Of the captured slides, the share whose image shows the last step of the build. */
  readonly final: number;
  /** Mean over slides of seconds found and true ÷ seconds found or true. */
  readonly presence: number;
  /** Median error of a slide's first start, seconds. */
  readonly boundary: number;
  /** Mean F1 of the words: lower case, letters and digits, two or more. */
  readonly words: number;
}

type Spans = readonly (readonly [start: number, end: number])[];

export const mean = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : Number.NaN;

export const median = (values: readonly number[]): number =>
  values.length > 0 ? (values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN) : Number.NaN;

const wordsOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/ ?\p{M}+/gu, '')
    .match(/[\p{L}\p{N}]{2,}/gu) ?? [];

function wordsF1(truth: readonly string[], found: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of truth) left.set(word, (left.get(word) ?? 0) + 1);
  let hits = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) {
      hits += 1;
      left.set(word, count - 1);
    }
  }
  return truth.length + found.length > 0 ? (2 * hits) / (truth.length + found.length) : 1;
}

/** Sorted and disjoint. */
function union(spans: Spans): Spans {
  const joined: [number, number][] = [];
  for (const [start, end] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

const lengthOf = (spans: Spans): number => spans.reduce((sum, [start, end]) => sum + end - start, 0);

function overlap(a: Spans, b: Spans): number {
  let seconds = 0;
  for (const [start, end] of a)
    for (const [from, to] of b) seconds += Math.max(0, Math.min(end, to) - Math.max(start, from));
  return seconds;
}

interface Captured {
  readonly spans: Spans;
  readonly final: boolean;
  readonly text: string | undefined;
  readonly start: number;
}

/** Scores the slides that were found in a talk against what it shows. Throws where a time is none of the video's. */
export function score(truth: Truth, found: Found): Score {
  const segments = truth.segments.filter((segment) => segment.kind === 'slide');
  const segmentAt = (time: number): Truth['segments'][number] => {
    // A time on a boundary belongs to what starts there; 20 ms forgive rounding.
    const at =
      truth.segments.find((segment) => time + 0.02 >= segment.start && time + 0.02 < segment.end) ??
      (time <= truth.duration + 0.1 ? truth.segments.at(-1) : undefined);
    if (!at || !Number.isFinite(time)) throw new Error(`slide at ${time} s: no such time in ${truth.video}`);
    return at;
  };
  const lastBuild = (id: number): number =>
    Math.max(...segments.filter((segment) => segment.slide === id).map((segment) => segment.build ?? Number.NaN));

  const captured = new Map<number, Captured>();
  let wrong = 0;
  for (const image of found.slides) {
    const shown = segmentAt(image.timestamp);
    if (shown.kind !== 'slide' || shown.slide === undefined || captured.has(shown.slide)) {
      wrong += 1;
      continue;
    }
    const spans = (image.appearances ?? []).map(({ start, end }): readonly [number, number] => [start, end]);
    if (spans.some(([start, end]) => !(end >= start)))
      throw new Error(`slide at ${image.timestamp} s: an appearance ends before it starts`);
    const start = Math.min(...spans.map(([from]) => from));
    captured.set(shown.slide, { spans, final: shown.build === lastBuild(shown.slide), text: image.text, start });
  }

  const wanted = truth.slides.filter((slide) => slide.seconds >= 2);
  const got = wanted.flatMap((slide) => {
    const capture = captured.get(slide.id);
    return capture ? [{ slide, capture }] : [];
  });
  const presence = wanted.map((slide) => {
    const is = union(segments.filter((segment) => segment.slide === slide.id).map(({ start, end }) => [start, end]));
    const was = union(captured.get(slide.id)?.spans ?? []);
    const both = overlap(is, was);
    return both / (lengthOf(is) + lengthOf(was) - both);
  });
  const firstStart = (id: number): number => segments.find((segment) => segment.slide === id)?.start ?? Number.NaN;
  const recall = got.length / wanted.length;
  const precision = found.slides.length > 0 ? (found.slides.length - wrong) / found.slides.length : 0;
  return {
    slides: wanted.length,
    images: found.slides.length,
    recall,
    precision,
    f1: recall + precision > 0 ? (2 * recall * precision) / (recall + precision) : 0,
    final: mean(got.map(({ capture }) => Number(capture.final))),
    presence: mean(presence),
    boundary: median(got.map(({ slide, capture }) => Math.abs(capture.start - firstStart(slide.id)))),
    words: mean(
      got
        .filter(({ slide }) => wordsOf(slide.text).length >= 3)
        .map(({ slide, capture }) => wordsF1(wordsOf(slide.text), wordsOf(capture.text))),
    ),
  };
}
