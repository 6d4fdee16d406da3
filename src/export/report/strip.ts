import type { ShownSpan } from '../../core/run.ts';
import type { Slide } from '../../core/slide.ts';
import { clock } from '../../core/words.ts';
import { html, type Html } from '../html.ts';
import { hueClass, kindWords } from './words.ts';

/** Seconds between two marks of the axis, so that at most ten of them stand on it. */
export function tickStep(seconds: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  return steps.find((step) => seconds / step <= 10) ?? 14_400;
}

const percentOf = (seconds: number, whole: number): string => `${Number(((100 * seconds) / whole).toFixed(3))}%`;

/** When each slide was on screen: a coloured bar a stretch, the same colour when it comes back, grey where no slide was. */
export function renderStrip(shown: readonly ShownSpan[], slides: readonly Slide[], seconds: number): Html {
  const whole = Math.max(seconds, ...shown.map((span) => span.end), 0.001);
  const known = new Map(slides.map((slide) => [slide.index, slide]));
  const bars = shown.map((span) => {
    const slide = span.slide === undefined ? undefined : known.get(span.slide);
    // Never thinner than can be seen and hit with a pointer.
    const width = Math.max(span.end - span.start, whole / 1200);
    const place = html`x="${percentOf(span.start, whole)}" width="${percentOf(width, whole)}" y="0" height="100%"`;
    const times = `${clock(span.start, whole)}–${clock(span.end, whole)}`;
    if (!slide)
      return html`<rect class="k-${span.kind}" ${place}><title>${kindWords[span.kind]}, ${times}</title></rect>`;
    return html`<a href="#slide-${slide.index}" data-slide="${slide.index}" tabindex="-1">
<rect class="${hueClass(slide.index)}" ${place}/><title>${slide.index}. ${slide.title || 'Slide'}, ${times}</title></a>`;
  });
  const step = tickStep(whole);
  const marks = Array.from({ length: Math.floor((whole * 0.97) / step) + 1 }, (_, index) => {
    const x = percentOf(index * step, whole);
    // On a narrow page every second label is left out.
    const look = html`${index % 2 === 1 && html` class="odd"`}${index > 0 && html` text-anchor="middle"`}`;
    return html`<line x1="${x}" x2="${x}" y1="0" y2="4"/><text x="${x}" y="15"${look}>${clock(index * step, whole)}</text>`;
  });
  const slideSeconds = shown.reduce((sum, span) => sum + (span.slide === undefined ? 0 : span.end - span.start), 0);
  const spoken = `When each slide was on screen. Slides fill ${Math.round((100 * slideSeconds) / whole)} percent of the video.`;
  return html`<div class="strip" id="strip" data-seconds="${whole}">
<svg class="bars" role="img" aria-label="${spoken}">${bars}<line id="playhead" x1="0" x2="0" y1="0" y2="100%" visibility="hidden"/></svg>
<svg class="axis" aria-hidden="true">${marks}<text x="100%" y="15" text-anchor="end">${clock(whole)}</text></svg>
</div>`;
}
