/** Slide colours: one class a hue, because the page's policy forbids style attributes. */
const hues = Array.from({ length: 36 }, (_, step) => `.h${step}{--h:${step * 10}}`).join('');

/** The style of `report.html`, all of it. */
export const pageStyle = `
:root {
  --paper: #fbfaf8; --card: #ffffff; --ink: #1b1d21; --soft: #5c6068; --faint: #8d929b;
  --line: #e4e2dd; --wash: #f1efea; --accent: #2456c8; --accent-ink: #ffffff;
  --warn: #fff5dc; --warn-line: #e8cf8c; --warn-ink: #5f4700; --mark: #ffe27a;
  --slide-l: 62%; --slide-s: 52%; --gap: #d9d7d2; --gap-2: #c9c7c1; --shadow: 0 1px 2px #0000000d, 0 6px 24px #0000000d;
  --sans: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131417; --card: #1c1e22; --ink: #ecebe8; --soft: #a9adb5; --faint: #797e87;
    --line: #2e3136; --wash: #24262b; --accent: #86abff; --accent-ink: #10131a;
    --warn: #2e2611; --warn-line: #57481d; --warn-ink: #f0dca2; --mark: #6a5600;
    --slide-l: 58%; --slide-s: 42%; --gap: #34373d; --gap-2: #44484f; --shadow: 0 1px 2px #00000066;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 150px; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } * { transition: none !important; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 var(--sans); }
.page { max-width: 1240px; margin: 0 auto; padding: 0 28px; }
h1, h2, p, ul, dl, dd, figure { margin: 0; }
ul { padding: 0; list-style: none; }
a { color: var(--accent); }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 8px; z-index: 20; background: var(--card); padding: 6px 12px; }
kbd { font: 600 12px/1 ui-monospace, monospace; padding: 3px 6px; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 5px; background: var(--card); color: var(--soft); }

.top { padding: 44px 0 26px; }
.brand { font-weight: 650; font-size: 13px; letter-spacing: .02em; color: var(--accent); }
.brand span { color: var(--faint); font-weight: 500; }
h1 { font-size: clamp(28px, 4.4vw, 46px); line-height: 1.1; letter-spacing: -.025em; font-weight: 700; margin: 8px 0 20px; overflow-wrap: anywhere; text-wrap: balance; }
.facts { display: flex; flex-wrap: wrap; gap: 14px 40px; }
.facts div { display: flex; flex-direction: column-reverse; }
.facts dd { font-size: 19px; font-weight: 620; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.facts dt { font-size: 13px; color: var(--soft); }
.warnings { background: var(--warn); color: var(--warn-ink); border: 1px solid var(--warn-line); border-radius: 12px; padding: 14px 18px; margin-bottom: 22px; font-size: 14.5px; }
.warnings h2 { font-size: 14.5px; }
.warnings li { margin-top: 4px; overflow-wrap: anywhere; }

.bar { position: sticky; top: 0; z-index: 10; background: var(--paper); border-bottom: 1px solid var(--line); padding: 12px 0 10px; }
.strip svg { display: block; width: 100%; overflow: visible; }
.bars { height: 36px; border-radius: 7px; background: var(--wash); cursor: pointer; clip-path: inset(0 round 7px); }
.bars rect { fill: hsl(var(--h) var(--slide-s) var(--slide-l)); stroke: var(--paper); stroke-width: 1px; transition: opacity .15s; }
.bars rect:not([class^='h']) { fill: var(--gap); stroke: none; }
.bars rect.k-speaker { fill: var(--gap-2); }
.strip.dim .bars a:not(.hit) rect, .strip.dim .bars > rect { opacity: .22; }
.bars a.now rect, .bars a:hover rect { fill: hsl(var(--h) calc(var(--slide-s) + 22%) calc(var(--slide-l) - 12%)); }
#playhead { stroke: var(--ink); stroke-width: 2px; pointer-events: none; }
.axis { height: 18px; margin-top: 1px; }
.axis text { font-size: 11px; fill: var(--faint); font-variant-numeric: tabular-nums; }
.axis line { stroke: var(--gap-2); }
#peek { position: fixed; z-index: 15; width: 260px; padding: 8px; border-radius: 12px; background: var(--card); border: 1px solid var(--line); box-shadow: 0 8px 30px #00000033; pointer-events: none; font-size: 13px; }
#peek img { display: block; width: 100%; border-radius: 6px; }
#peek img:not([src]) { display: none; }
#peek p { padding: 6px 4px 0; line-height: 1.35; }
#peek b { font-variant-numeric: tabular-nums; margin-right: 6px; }

.tools { display: flex; align-items: center; gap: 14px; margin-top: 8px; flex-wrap: wrap; }
.search { position: relative; flex: 1 1 260px; max-width: 440px; }
.search input { width: 100%; padding: 8px 40px 8px 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.search kbd { position: absolute; right: 10px; top: 50%; translate: 0 -50%; pointer-events: none; }
.search input:focus + kbd { display: none; }
#found { font-size: 14px; color: var(--soft); flex: 1 0 auto; font-variant-numeric: tabular-nums; }
.views { display: flex; background: var(--wash); border-radius: 10px; padding: 3px; }
.views button { border: 0; background: none; padding: 5px 14px; border-radius: 8px; font-size: 14px; color: var(--soft); }
.views button[aria-pressed='true'] { background: var(--card); color: var(--ink); box-shadow: 0 1px 3px #0000001f; font-weight: 600; }
.round { width: 34px; height: 34px; border-radius: 50%; border: 1px solid var(--line); background: var(--card); color: var(--soft); font-weight: 600; padding: 0; }

.slides { padding: 26px 0 10px; display: grid; gap: 22px; }
.slide { --tint: hsl(var(--h) var(--slide-s) var(--slide-l)); display: grid; grid-template-columns: minmax(0, 1.35fr) minmax(0, 1fr); background: var(--card); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); overflow: hidden; }
.slide:focus { outline: none; }
.slide.now { border-color: var(--tint); box-shadow: 0 0 0 2px var(--tint), var(--shadow); }
.slide figure { background: var(--wash); border-right: 1px solid var(--line); display: flex; align-items: flex-start; }
.enlarge { display: block; width: 100%; padding: 0; border: 0; background: none; cursor: zoom-in; position: sticky; top: 150px; }
.enlarge img { display: block; width: 100%; height: auto; }
.no-picture { padding: 60px 24px; color: var(--soft); text-align: center; width: 100%; }
.about { padding: 20px 24px 16px; display: flex; flex-direction: column; gap: 12px; min-width: 0; border-top: 4px solid var(--tint); }
.about header { display: flex; gap: 12px; align-items: baseline; }
.number a { display: inline-block; min-width: 30px; padding: 2px 7px; border-radius: 8px; background: hsl(var(--h) 60% 50% / .16); color: var(--ink); font-weight: 700; font-size: 14px; text-align: center; text-decoration: none; font-variant-numeric: tabular-nums; }
.slide h2 { font-size: 20px; line-height: 1.25; letter-spacing: -.012em; overflow-wrap: anywhere; text-wrap: balance; }
.times { display: flex; flex-wrap: wrap; gap: 6px; }
.time { display: inline-block; border: 1px solid var(--line); background: none; border-radius: 999px; padding: 2px 11px; font-size: 13.5px; font-weight: 600; font-variant-numeric: tabular-nums; color: var(--ink); text-decoration: none; }
.time:hover { border-color: var(--tint); background: hsl(var(--h) 60% 50% / .1); }
.time .to { color: var(--faint); font-weight: 450; }
.text { font-size: 15px; color: var(--soft); }
.text p { overflow-wrap: anywhere; margin-bottom: 3px; }
.no-text { color: var(--faint); font-size: 14.5px; font-style: italic; }
.context { border-left: 3px solid hsl(var(--h) 60% 50% / .35); padding: 2px 0 2px 14px; font-size: 15px; }
.context .summary { font-weight: 520; }
.context ul { list-style: disc; padding-left: 18px; margin-top: 6px; }
.context dl { margin-top: 8px; font-size: 14px; }
.context dt { display: inline; font-weight: 650; } .context dd { display: inline; color: var(--soft); } .context dt::after { content: ' – '; font-weight: 400; }
.context .by { margin-top: 8px; font-size: 12.5px; color: var(--faint); }
.about footer { margin-top: auto; padding-top: 10px; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; font-size: 13px; color: var(--soft); }
.kind { font-weight: 600; color: var(--ink); }
.sure { margin-left: -6px; display: inline-flex; align-items: center; gap: 6px; font-variant-numeric: tabular-nums; }
meter { width: 36px; height: 8px; }
.copy { margin-left: auto; flex: none; color: var(--soft); border: 1px solid var(--line); background: none; border-radius: 8px; padding: 3px 10px; font-size: 13px; }
.copy:hover, .more button:hover { background: var(--wash); }
::highlight(found) { background: var(--mark); color: var(--ink); }
.nothing { padding: 60px 20px; text-align: center; color: var(--soft); }

[data-view='grid'] .slides { grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 18px; }
[data-view='grid'] .slide { grid-template-columns: minmax(0, 1fr); grid-template-rows: auto 1fr; border-radius: 12px; }
[data-view='grid'] .slide figure { border-right: 0; }
[data-view='grid'] .enlarge { position: static; }
[data-view='grid'] .about { padding: 10px 14px 12px; gap: 8px; }
[data-view='grid'] .slide h2 { font-size: 15px; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
[data-view='grid'] :is(.text, .no-text, .context, .copy, .about footer) { display: none; }
[data-view='grid'] .nothing { grid-column: 1 / -1; }
[data-view='decisions'] .slides { display: none; }

.decisions { padding: 24px 0; }
.lead { color: var(--soft); max-width: 70ch; }
.rules { display: flex; flex-wrap: wrap; gap: 8px; margin: 16px 0; }
.rules button { border: 1px solid var(--line); background: var(--card); border-radius: 999px; padding: 4px 13px; font-size: 14px; }
.rules button b { font-weight: 500; color: var(--faint); margin-left: 6px; font-variant-numeric: tabular-nums; }
.rules button[aria-pressed='true'] { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.rules button[aria-pressed='true'] b { color: inherit; opacity: .75; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.decisions table { border-collapse: collapse; width: 100%; font-size: 14px; }
.decisions :is(th, td) { text-align: left; vertical-align: top; padding: 7px 14px; border-bottom: 1px solid var(--line); }
.decisions th { color: var(--soft); font-weight: 600; font-size: 13px; background: var(--wash); white-space: nowrap; }
.decisions tbody tr:last-child td { border-bottom: 0; }
.decisions td { font-variant-numeric: tabular-nums; }
.decisions td:nth-child(-n + 4) { white-space: nowrap; }
.decisions td:last-child { color: var(--soft); min-width: 24ch; }
.decisions .time { border-color: transparent; padding: 0; color: var(--accent); }
.kept { color: #1a7f45; font-weight: 650; } .dropped { color: var(--faint); }
@media (prefers-color-scheme: dark) { .kept { color: #66cf93; } }
.figures span { display: inline-block; margin: 0 12px 2px 0; white-space: nowrap; }
.figures i { font-style: normal; color: var(--soft); margin-right: 5px; }
.figures small { color: var(--faint); margin-left: 5px; }
.more { padding: 14px 0; color: var(--soft); font-size: 14px; display: flex; gap: 14px; align-items: center; }
.more button, dialog form button { border: 1px solid var(--line); background: var(--card); border-radius: 8px; padding: 5px 14px; }

.making { margin: 24px 0 60px; color: var(--soft); font-size: 14px; }
.making summary { cursor: pointer; font-weight: 600; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(290px, 1fr)); gap: 26px; margin-top: 16px; align-items: start; }
.making table { border-collapse: collapse; width: 100%; table-layout: fixed; }
.making caption { text-align: left; font-weight: 650; color: var(--ink); padding-bottom: 4px; }
.making :is(th, td) { text-align: left; font-weight: 400; vertical-align: top; padding: 4px 10px 4px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.making td { color: var(--ink); }

dialog { border: 0; border-radius: 16px; padding: 26px; background: var(--card); color: var(--ink); box-shadow: 0 20px 80px #00000080; }
dialog::backdrop { background: #08090bd9; }
#viewer { padding: 0; background: none; box-shadow: none; max-width: 96vw; max-height: 96vh; overflow: visible; color: #fff; }
#viewer img { display: block; max-width: 96vw; max-height: 88vh; border-radius: 8px; background: #fff; }
#viewer p { padding: 10px 4px 0; text-align: center; }
#viewer .close { position: absolute; right: -8px; top: -8px; z-index: 1; font-size: 20px; line-height: 1; }
#help h2 { font-size: 18px; margin-bottom: 12px; }
#help dl div { display: flex; gap: 18px; padding: 5px 0; } #help dt { width: 110px; } #help form { margin-top: 16px; text-align: right; }

@media (max-width: 820px) {
  .page { padding: 0 16px; }
  .top { padding: 26px 0 18px; }
  .facts { gap: 12px 26px; } .facts dd { font-size: 17px; }
  .slide { grid-template-columns: minmax(0, 1fr); }
  .slide figure { border-right: 0; }
  .enlarge { position: static; }
  .about { padding: 14px 16px; }
  .axis .odd { display: none; }
  .search kbd, #help-button { display: none; }
  .search { max-width: none; flex-basis: 100%; }
  .views { flex: 1; } .views button { flex: 1; }
  #found { flex: 0 0 auto; }
  #found:empty { display: none; }
  html { scroll-padding-top: 170px; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #333; --shadow: none; }
  body { font-size: 10.5pt; }
  .tools, .decisions, .making, .copy, #peek, .skip, dialog { display: none !important; }
  .text { font-size: 9.5pt; } .slide h2 { font-size: 12pt; } .about { padding: 10px 14px; gap: 6px; }
  .bar { position: static; border: 0; }
  .bars rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .slides { display: grid !important; gap: 14px; }
  .slide { break-inside: avoid; grid-template-columns: 1fr 1fr; }
  .enlarge { position: static; }
  .page { max-width: none; padding: 0; }
}
${hues}
`;
