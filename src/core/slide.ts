import type { TextBlock } from './measurement.ts';

/** What a stretch of video shows. Only some kinds are kept as slides (`--keep`). */
export const frameKinds = ['slide', 'slide-with-speaker', 'speaker', 'screen', 'other'] as const;
/** One of `frameKinds`. */
export type FrameKind = (typeof frameKinds)[number];

/** Seconds from the first frame; `end` is where the next thing begins. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Time of which it could not be decided what it shows. */
export interface UnsureSpan extends Span {
  /** `kept-changing`: pages were seen, none of which stood still. */
  readonly reason: 'kept-changing';
  /** The option that may help. */
  readonly option: string;
}

/** What a language model wrote about a slide. */
export interface SlideContext {
  readonly title: string;
  readonly summary: string;
  readonly keyPoints: readonly string[];
  readonly terms: readonly { readonly term: string; readonly meaning: string }[];
  readonly figure: 'none' | 'chart' | 'diagram' | 'table' | 'photo' | 'code' | 'equation' | 'map' | 'other';
  readonly model: string;
}

/** One unique slide, as `slides.json` and `slides/0001.json` hold it. */
export interface Slide {
  /** From 1, in order of first appearance. */
  readonly index: number;
  /** Presentation time of the very frame that the image holds, seconds from the first frame. */
  readonly timestamp: number;
  /** Path of the JPEG relative to the run folder. */
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** When it was on screen, revisits included, in time order. */
  readonly appearances: readonly Span[];
  /** How many states of an animated build were seen, 1 for a plain slide. */
  readonly builds: number;
  readonly kind: FrameKind;
  /** 0–1, how sure the kind is. */
  readonly confidence: number;
  readonly title: string;
  readonly text: string;
  readonly textState: 'read' | 'none' | 'unreadable' | 'off';
  readonly textConfidence: number;
  readonly blocks: readonly TextBlock[];
  readonly context?: SlideContext;
}
