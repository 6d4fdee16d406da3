import type { Span } from '../../core/slide.ts';
import type { DriverConclusion } from './conclude.ts';

/** Seconds around a stretch in which nothing may be found either: what begins there is seen in it already. Own choice. */
const marginSeconds = 1;

/**
 * Tells whether a stretch is calm by what was measured: eyes seen, open and on the road throughout, and no event. Where
 * something could not be measured it is not calm, for nobody knows. Pure.
 */
export function calmStretches({ spans, events, moments }: DriverConclusion): (stretch: Span) => boolean {
  const uneasy = [...spans.filter(({ state }) => state !== 'eyes_on_road'), ...events];
  const last = moments.at(-1)?.timeSeconds ?? -Infinity;
  return ({ start, end }) =>
    start <= last && uneasy.every((span) => span.end <= start - marginSeconds || span.start >= end + marginSeconds);
}
