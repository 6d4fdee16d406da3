import type { Slide, SlideContext, Span } from '../../core/slide.ts';
import { clock, percent, plural } from '../../core/words.ts';
import { html, type Html } from '../html.ts';
import { duration, hueClass, kindWords } from './words.ts';

const noText: Readonly<Record<Slide['textState'], string>> = {
  read: '',
  none: 'No text on this slide.',
  unreadable: 'There is text on this slide that could not be read.',
  off: 'Text was not read in this run.',
};

function renderTime(span: Span, seconds: number, videoHref: string | undefined): Html {
  const times = html`${clock(span.start, seconds)}<span class="to">–${clock(span.end, seconds)}</span>`;
  const shown = `On screen for ${duration(span.end - span.start)}`;
  if (videoHref === undefined)
    return html`<li><button type="button" class="time" data-at="${span.start}" title="${shown}. Click to show on the strip">${times}</button></li>`;
  const href = `${videoHref}#t=${span.start.toFixed(2)}`;
  return html`<li><a class="time" target="_blank" rel="noopener" href="${href}" title="${shown}. Opens the video here">${times}</a></li>`;
}

function renderContext({ summary, keyPoints, terms, figure, model }: SlideContext): Html {
  return html`<section class="context" aria-label="Written by ${model}">
<p class="summary">${summary}</p>
${keyPoints.length > 0 && html`<ul>${keyPoints.map((point) => html`<li>${point}</li>`)}</ul>`}
${terms.length > 0 && html`<dl>${terms.map(({ term, meaning }) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>`}
<p class="by">Written by ${model}${figure !== 'none' && `, sees: ${figure}`}</p>
</section>`;
}

/** The title stands above already. Which way a line is written is the browser's to find out (`dir="auto"`). */
function renderText(slide: Slide): Html {
  if (slide.textState !== 'read') return html`<p class="no-text">${noText[slide.textState]}</p>`;
  const lines = slide.text.split('\n').filter((line) => line.trim() !== '');
  if (lines[0] === slide.title) lines.shift();
  return html`<div class="text">${lines.map((line) => html`<p dir="auto">${line}</p>`)}</div>`;
}

function renderFooter(slide: Slide): Html {
  const seconds = slide.appearances.reduce((sum, span) => sum + span.end - span.start, 0);
  const times = slide.appearances.length > 1 ? `, ${slide.appearances.length} times` : '';
  const sure = percent(slide.confidence);
  return html`<footer>
<span class="kind">${kindWords[slide.kind]}</span>
<span class="sure" title="How sure the kind is"><meter min="0" max="1" value="${slide.confidence.toFixed(2)}">${sure}</meter> ${sure}</span>
<span>${duration(seconds)} on screen${times}</span>
${slide.builds > 1 && html`<span title="Steps of an animated build; the last is kept">${plural(slide.builds, 'step')}</span>`}
${slide.textState === 'read' && html`<span title="Mean confidence of the characters">text ${percent(slide.textConfidence)}</span>`}
</footer>`;
}

export interface SlideCardOptions {
  readonly slide: Slide;
  /** A data URI; undefined where the picture could not be had. */
  readonly image: string | undefined;
  readonly videoSeconds: number;
  readonly videoHref: string | undefined;
}

export function renderSlideCard({ slide, image, videoSeconds, videoHref }: SlideCardOptions): Html {
  const { index, width, height } = slide;
  const title = slide.title || slide.context?.title || `Slide ${index}`;
  const picture =
    image === undefined
      ? html`<div class="no-picture">The picture ${slide.image} could not be read.</div>`
      : html`<button type="button" class="enlarge" aria-label="Enlarge slide ${index}">
<img src="${image}" width="${width}" height="${height}" alt="Slide ${index}: ${title}"></button>`;
  return html`<article class="slide ${hueClass(index)}" id="slide-${index}" data-index="${index}" tabindex="-1" aria-labelledby="title-${index}">
<figure>${picture}</figure>
<div class="about">
<header>
<p class="number"><a href="#slide-${index}" aria-label="Link to slide ${index}">${index}</a></p>
<h2 id="title-${index}" dir="auto">${title}</h2>
${slide.textState === 'read' && html`<button type="button" class="copy">Copy text</button>`}
</header>
<ul class="times" aria-label="When it was on screen">${slide.appearances.map((span) => renderTime(span, videoSeconds, videoHref))}</ul>
${slide.context && renderContext(slide.context)}
${renderText(slide)}
${renderFooter(slide)}
</div>
</article>
`;
}
