import type { Slide, SlideContext } from '../../../core/slide.ts';
import type { DecidedPage } from './decide-slides.ts';
import type { StateRecord } from './state-record.ts';

/** The slide that a state stands for. @param at its number and its image, relative to the run's folder */
export function slideOf(
  { time, width, height, builds, text }: StateRecord,
  { kind: { kind, confidence }, appearances }: DecidedPage,
  at: { readonly index: number; readonly image: string },
  context?: SlideContext,
): Slide {
  return {
    index: at.index,
    timestamp: time,
    image: at.image,
    width,
    height,
    appearances,
    builds,
    kind,
    confidence,
    title: context?.title ?? text?.title ?? '',
    text: text?.text ?? '',
    textState: text?.state ?? 'off',
    textConfidence: text?.confidence ?? 0,
    blocks: text?.blocks ?? [],
    ...(context ? { context } : {}),
  };
}
