import type { Span } from '../../../core/slide.ts';
import type { DriverConclusion } from './conclude.ts';

/** Seconds around a stretch in which nothing may be found either: what begins there is seen in it already. Own choice. */
export const marginSeconds = 1;

/** Whether something held in a stretch or so near it that the stretch is not calm. */
export const disturbs = (held: Span, { start, end }: Span): boolean =>
  held.end > start - marginSeconds && held.start < end + marginSeconds;

/** What is calm is everything that these leave over. */
export const uneasyOf = ({
  spans,
  unclear,
  events,
}: Pick<DriverConclusion, 'spans' | 'unclear' | 'events'>): Span[] => [
  ...spans.filter(({ state }) => state !== 'eyes_on_road'),
  ...unclear,
  ...events,
];

/**
 * Tells whether a stretch is calm by what was measured: eyes seen, open and on the road throughout, and no event. Where
 * something could not be measured it is not calm, for nobody knows. Pure.
 */
export function calmStretches(conclusion: DriverConclusion): (stretch: Span) => boolean {
  const uneasy = uneasyOf(conclusion);
  const last = conclusion.moments.at(-1)?.timeSeconds ?? -Infinity;
  return (stretch) => stretch.start <= last && !uneasy.some((held) => disturbs(held, stretch));
}
