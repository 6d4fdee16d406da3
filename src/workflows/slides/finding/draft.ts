import type { Frame } from '../../../core/frame.ts';
import type { TextReading } from '../../../core/measurement.ts';
import type { Span } from '../../../core/slide.ts';
import type { KindDecision } from '../states/kind.ts';
import type { WordedKind } from '../states/votes.ts';
import type { KindFigures } from '../states/kind-figures.ts';
import type { StoredView } from '../states/stored-view.ts';
import type { View } from '../states/view.ts';

/** A picture that may become a slide's image: its frame is held until it is encoded or a better one comes. */
export interface Candidate {
  readonly frame: Frame;
  readonly index: number;
  readonly timeSeconds: number;
  readonly hidden: number;
  /** How long what it shows was on screen without a change. */
  readonly seconds: number;
  readonly figures: KindFigures;
  readonly settled: boolean;
  readonly shaky: boolean;
  readonly view: View;
  /** What labels in words said of it (`--kinds`). */
  readonly worded?: WordedKind;
}

/** What is encoded and read of a slide's chosen frame. */
export interface Portrait {
  readonly index: number;
  readonly timeSeconds: number;
  readonly hidden: number;
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly figures: KindFigures;
  readonly settled: boolean;
  readonly shaky: boolean;
  /** What stood still, packed. */
  readonly stored: StoredView;
  readonly still: boolean;
  readonly worded?: WordedKind;
  /** Undefined where text is off. A reading that failed is told as unreadable. */
  readonly reading?: Promise<TextReading>;
}

/** A slide in the making. */
export interface Draft {
  readonly slide: number;
  readonly appearances: Span[];
  builds: number;
  candidate: Candidate | undefined;
  portrait: Portrait | undefined;
  /** Set once it is decided that this is another draft's slide. */
  mergedInto?: number;
  kind: KindDecision | undefined;
  /** What lived in it while it was longest on screen without a change. */
  lives: Lives | undefined;
}

/** What moves of a state, and for how long it was seen. */
export interface Lives extends Pick<KindFigures, 'moving' | 'inset' | 'lively' | 'largestLively'> {
  readonly seconds: number;
}

/** The longest gap between two showings of a slide that is a transition between its builds, seconds. */
export const transitionSeconds = 2;

/** Adds a showing; one that follows close upon the last continues it. */
export function appear(draft: Draft, span: Span, uninterrupted: boolean): void {
  const last = draft.appearances.at(-1);
  if (last && uninterrupted && span.start - last.end <= transitionSeconds) {
    draft.appearances[draft.appearances.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  } else draft.appearances.push(span);
}
