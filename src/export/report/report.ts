import { endOfRun, type Decision, type RunRecord, type ShownSpan } from '../../core/run.ts';
import type { Slide } from '../../core/slide.ts';
import { plural } from '../../core/words.ts';
import { cspHash, html, jsonForScript, raw, type Html } from '../html.ts';
import { decisionRows, renderDecisionsView } from './decisions.ts';
import { renderHeader, renderMaking, renderWarnings, talkName } from './facts.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { renderSlideCard } from './slide-card.ts';
import { renderStrip } from './strip.ts';
import { kindWords } from './words.ts';

export interface ReportInput {
  readonly record: RunRecord;
  readonly slides: readonly Slide[];
  /** In time order. */
  readonly shown: readonly ShownSpan[];
  readonly decisions: AsyncIterable<Decision> | Iterable<Decision>;
  /** The JPEG of a slide by its path in the run folder. A rejection leaves a note in the picture's place. */
  readonly loadImage: (path: string) => Promise<Uint8Array>;
  /** The video as seen from the page (`../talk.mp4`): times then open it at that moment. Default: no links. */
  readonly videoHref?: string;
}

/** Nothing may be loaded, and no script may run but the page's own, even if a slide's text were to break out. */
function contentSecurityPolicy(): string {
  return `default-src 'none'; img-src data:; style-src ${cspHash(pageStyle)}; script-src ${cspHash(pageScript)}; base-uri 'none'; form-action 'none'`;
}

function renderNothingFound(shown: readonly ShownSpan[]): Html {
  const seconds = new Map<string, number>();
  for (const { kind, start, end } of shown) seconds.set(kind, (seconds.get(kind) ?? 0) + end - start);
  const most = [...seconds].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  const advice = html` Most of it was taken for “${most}”. The decisions say why; <code>--keep</code> chooses which kinds are kept.`;
  return html`<p class="nothing">No slide was found in this video.${most !== undefined && advice}</p>`;
}

const toolbar = html`<div class="tools">
<div class="search">
<label for="search" class="unseen">Search the slides</label>
<input id="search" type="search" placeholder="Search the slides" autocomplete="off" spellcheck="false"><kbd>/</kbd>
</div>
<p id="found" role="status" aria-live="polite"></p>
<div class="views" role="group" aria-label="View">
<button type="button" data-view="read" aria-pressed="true">Read</button>
<button type="button" data-view="grid" aria-pressed="false">Grid</button>
<button type="button" data-view="decisions" aria-pressed="false">Decisions</button>
</div>
<button type="button" id="help-button" class="round" aria-label="Keys" title="Keys (?)">?</button>
</div>`;

const keys: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'search'],
  [['j', 'k'], 'next, previous slide'],
  [['Enter'], 'enlarge; arrows leaf through'],
  [['c'], 'copy the slide’s text'],
  [['r', 'g', 'd'], 'read, grid, decisions'],
  [['Esc'], 'close, clear the search'],
];

const dialogs = html`<dialog id="viewer" aria-label="Slide, enlarged">
<button type="button" class="round close" aria-label="Close">×</button><img alt=""><p></p>
</dialog>
<dialog id="help" aria-label="Keys">
<h2>Keys</h2>
<dl>${keys.map(([names, what]) => html`<div><dt>${names.map((name) => html`<kbd>${name}</kbd> `)}</dt><dd>${what}</dd></div>`)}</dl>
<form method="dialog"><button>Close</button></form>
</dialog>
<div id="peek" hidden><img alt=""><p></p></div>`;

/**
 * `report.html` in pieces: one picture is in memory at a time. The page needs no network and no other file.
 *
 *     await pipeline(renderReport(input), createWriteStream('report.html'));
 */
export async function* renderReport(input: ReportInput): AsyncGenerator<string> {
  const { record, slides, shown } = input;
  const videoSeconds = endOfRun(record) ?? 0;
  const name = talkName(record.source.name);
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="framesift ${record.framesift}">
<title>${name} · ${plural(slides.length, 'slide')}</title>
<style>${raw(pageStyle)}</style>
</head>
<body data-view="read">
<a class="skip" href="#slides">To the slides</a>
<div class="page">
${renderHeader(record)}
${renderWarnings(record)}
</div>
<nav class="bar" aria-label="Timeline and search"><div class="page">
${renderStrip(shown, slides, videoSeconds)}
${toolbar}
</div></nav>
<main class="page">
<section id="slides" class="slides" aria-label="Slides">
${slides.length === 0 && renderNothingFound(shown)}
`.text;
  for (const slide of slides) {
    const jpeg = await input.loadImage(slide.image).catch(() => undefined);
    const image =
      jpeg && `data:image/jpeg;base64,${Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString('base64')}`;
    yield renderSlideCard({ slide, image, videoSeconds, videoHref: input.videoHref }).text;
  }
  yield html`<p id="no-match" class="nothing" hidden>No slide holds these words.</p>
</section>
${renderDecisionsView()}
${renderMaking(record)}
</main>
${dialogs}
`.text;
  const spans = shown.map((span) => [span.start, span.end, kindWords[span.kind], span.slide ?? 0]);
  yield html`<script type="application/json" id="spans">${raw(jsonForScript(spans))}</script>
<script type="application/json" id="ledger">`.text;
  yield* decisionRows(input.decisions);
  yield html`</script>
<script>${raw(pageScript)}</script>
</body>
</html>
`.text;
}
