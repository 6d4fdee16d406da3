/** What is right for one recording, as `cases.json` says it. Times in seconds. */
export interface Situation {
  readonly file: string;
  /** When each slide is on screen, in order of appearance; revisits in one list. */
  readonly shown?: readonly (readonly (readonly [number, number])[])[];
  /** The same for the last slides alone. */
  readonly last?: Situation['shown'];
  readonly count?: number;
  /** Each slide is on screen for so long, the first from `from` on. */
  readonly each?: number;
  readonly from?: number;
  /** Slides, by their number, that are on screen exactly so. */
  readonly contains?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Nothing outside of this span is a slide. */
  readonly within?: readonly [number, number];
  /** How far a start or an end may be off. */
  readonly edges?: number;
  /** Kinds in order. Default: every slide is `slide`, where `kindsMatter` does not say otherwise. */
  readonly kinds?: readonly string[];
  readonly never?: readonly string[];
  /** Languages of the slides in order: what is not known must be told as unreadable, or in a warning. */
  readonly languages?: readonly string[];
}

export interface FoundSlides {
  readonly slides: readonly {
    readonly appearances: readonly { readonly start: number; readonly end: number }[];
    readonly kind: string;
    readonly text: string;
    readonly textState: string;
  }[];
}

type Spans = readonly (readonly [number, number])[];

/** Spans that follow upon each other within `gap` seconds are one: a fade between two states is no absence. */
function joined(spans: Spans, gap: number): Spans {
  const all: [number, number][] = [];
  for (const [start, end] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && start - last[1] <= gap) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

const told = (spans: Spans): string => spans.map(([start, end]) => `${start.toFixed(1)}–${end.toFixed(1)}`).join(', ');

/** Everything that is wrong, each as a few words; nothing where all is right. */
export function wrongOf(right: Situation, { slides }: FoundSlides, warnings: readonly string[]): string[] {
  const wrong: string[] = [];
  const spansOf = (index: number): Spans =>
    (slides[index]?.appearances ?? []).map(({ start, end }): [number, number] => [start, end]);
  const edges = right.edges ?? 0.5;
  const count = right.count ?? right.shown?.length;
  // A clip of which nothing can be said may also say so.
  const saysWhy = slides.length === 0 && warnings.length > 0 && right.file.startsWith('half-a-second');
  if (count !== undefined && slides.length !== count && !saysWhy) wrong.push(`${slides.length} slides for ${count}`);
  const check = (index: number, spans: Spans): void => {
    const found = joined(spansOf(index), edges);
    const fits =
      found.length === spans.length &&
      spans.every(([start, end], at) => {
        const [from, to] = found[at]!;
        return Math.abs(from - start) <= edges && Math.abs(to - end) <= edges;
      });
    if (!fits) wrong.push(`slide ${index + 1} on screen ${told(found)} for ${told(spans)}`);
  };
  for (const [index, spans] of (right.shown ?? []).entries()) check(index, spans);
  for (const [index, spans] of (right.last ?? []).entries())
    check(slides.length - (right.last?.length ?? 0) + index, spans);
  for (const [number, spans] of Object.entries(right.contains ?? {})) check(Number(number), spans);
  if (right.each !== undefined) {
    for (let index = 0; index < (count ?? 0); index += 1) {
      const start = (right.from ?? 0) + index * right.each;
      check(index, [[start, start + right.each]]);
    }
  }
  if (right.within) {
    for (const index of slides.keys()) {
      const outside = spansOf(index).some(([s, e]) => s < right.within![0] - edges || e > right.within![1] + edges);
      if (outside) wrong.push(`slide ${index + 1} on screen ${told(spansOf(index))}, outside ${told([right.within])}`);
    }
  }
  return [...wrong, ...wrongKinds(right, slides), ...wrongWords(right, slides, warnings)];
}

/** Recordings in which somebody is seen beside a slide: which kind it is then told as is left open. */
const withPeople = new Set(['slide-at-another-size.mp4', 'zoom-gallery-is-no-slide.mp4']);

function wrongKinds({ file, kinds }: Situation, slides: FoundSlides['slides']): string[] {
  return slides.flatMap(({ kind }, index) => {
    const right = kinds?.[index] ?? (withPeople.has(file) ? kind : 'slide');
    return kind === right ? [] : [`slide ${index + 1} is told as ${kind}`];
  });
}

function wrongWords(right: Situation, slides: FoundSlides['slides'], warnings: readonly string[]): string[] {
  const heard = slides.flatMap(({ text }, index) =>
    (right.never ?? []).filter((word) => text.includes(word)).map((word) => `slide ${index + 1} reads “${word}”`),
  );
  // Scripts that the built-in weights do not hold; Latin and Chinese ones they read at least in part.
  const unknown = new Set(['ja', 'ar', 'ru']);
  const invented = (right.languages ?? []).flatMap((language, index) => {
    const slide = slides[index];
    const silent =
      slide?.textState === 'read' && unknown.has(language) && !warnings.some((said) => /script|language/i.test(said));
    return silent ? [`slide ${index + 1} (${language}) is told as read`] : [];
  });
  return [...heard, ...invented];
}
