import type { Box, Context } from './page.ts';
import type { Scene } from './talk.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something that lies over what is shown, or lives in it. */
export interface Layer {
  readonly kind: string;
  /** When it is there. */
  readonly spans: readonly Span[];
  /** Where it keeps itself, as shares of the picture. */
  readonly box: Box;
  /** The places that it takes in turn, where it hides what lies beneath as long as a page is shown. */
  readonly hides?: readonly Box[];
  /** What is to be read in it: no slide's text. */
  readonly words?: readonly string[];
  /** The same text, the same picture; undefined where it is not there. */
  readonly key: (time: number) => string | undefined;
  readonly paint: (context: Context, width: number, height: number, time: number) => void;
}

export const within = (spans: readonly Span[], time: number): boolean =>
  spans.some(({ start, end }) => time >= start && time < end);

/** When pages are shown, in which layers lie over them. */
export const pageSpans = (scenes: readonly Scene[]): Span[] => scenes.filter((scene) => 'page' in scene);
