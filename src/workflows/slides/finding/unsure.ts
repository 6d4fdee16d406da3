import type { Span, UnsureSpan } from '../../../core/slide.ts';
import { clock } from '../../../core/words.ts';
import type { KindDecision } from '../states/kind.ts';
import type { KindFigures } from '../states/kind-figures.ts';

/** A stretch that showed nothing which stood still. */
export interface RestlessStretch {
  readonly span: Span;
  readonly kind: KindDecision;
  readonly figures: KindFigures;
}

/** Drawn pages have even ground of one colour; what a camera took has not. */
const drawnEven = 0.7;
const drawnGround = 0.25;

/** Shorter ones are transitions, seconds. */
const shortest = 1.5;

/** Stretches this close to each other are one, seconds. */
const together = 1;

/**
 * The time in which something like pages was seen that never stood still: slides may have been there for too short a time
 * to be told from each other.
 *
 * @param stretches in order
 */
export function unsureSpans(stretches: readonly RestlessStretch[]): UnsureSpan[] {
  const spans: UnsureSpan[] = [];
  for (const { span, kind, figures } of stretches) {
    if (kind.rule !== 'never-at-rest' || figures.even < drawnEven || figures.ground < drawnGround) continue;
    const last = spans.at(-1);
    if (last && span.start - last.end <= together) spans[spans.length - 1] = { ...last, end: span.end };
    else spans.push({ ...span, reason: 'kept-changing', option: '--every 0.2' });
  }
  return spans.filter(({ start, end }) => end - start >= shortest);
}

/** What the summary says of it; nothing where all was decided. */
export function unsureWarning(spans: readonly UnsureSpan[]): string[] {
  if (spans.length === 0) return [];
  const told = spans.slice(0, 3).map(({ start, end }) => `${clock(start)}–${clock(end)}`);
  const more = spans.length > told.length ? ` and ${spans.length - told.length} more` : '';
  return [
    `${told.join(', ')}${more} kept changing: slides shown there may be missing (unsure in slides.json). Look more often with ${spans[0]!.option}.`,
  ];
}
