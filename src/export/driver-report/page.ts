/** Eight shades of one kind, `kind0` to `kind7`. */
const shades = (kind: string, colour: (step: number) => string): string =>
  Array.from({ length: 8 }, (_, step) => `.${kind}${step}{fill:hsl(${colour(step)})}`).join('');

/** The report's style, all of it. */
export const pageStyle = `
:root { --paper: #fbfaf8; --card: #fff; --ink: #1b1d21; --soft: #5c6068; --line: #e4e2dd; --wash: #f1efea; --accent: #2456c8;
  --alarm: #c23b22; --warning: #c98a12; --info: #4a7; color-scheme: light dark;
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --paper: #131417; --card: #1c1e22; --ink: #ecebe8; --soft: #a9adb5; --line: #2e3136;
  --wash: #24262b; --accent: #86abff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
main { max-width: 1240px; margin: 0 auto; padding: 36px 28px 60px; }
h1 { font-size: 34px; letter-spacing: -.02em; line-height: 1.15; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 10px; }
.sub, .note { color: var(--soft); margin: 0; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 36px; margin: 20px 0 0; }
.facts div { display: flex; flex-direction: column-reverse; }
.facts dd { margin: 0; font-size: 19px; font-weight: 620; font-variant-numeric: tabular-nums; }
.facts dt { color: var(--soft); font-size: 13px; }
.lane { display: grid; grid-template-columns: 220px 1fr; align-items: center; margin: 3px 0; }
.lane > b { font-weight: 550; font-size: 13.5px; padding-right: 12px; overflow-wrap: anywhere; }
.lane svg { width: 100%; height: 22px; display: block; background: var(--wash); border-radius: 4px; }
.lane.marks svg { height: 14px; }
rect[data-window] { cursor: pointer; }
rect[data-window]:hover, rect.on { stroke: var(--ink); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.axis { display: block; width: calc(100% - 220px); height: 16px; margin-left: 220px; fill: var(--soft); font-size: 12px; overflow: visible; }
.axis text { text-anchor: middle; } .axis .first { text-anchor: start; } .axis .last { text-anchor: end; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 2px 0 10px 220px; font-size: 12.5px; color: var(--soft); }
.legend svg { width: 11px; height: 11px; margin-right: 5px; }
.failed { fill: none; stroke: var(--alarm); }
#detail { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; margin-top: 18px; min-height: 120px; }
#detail .frames { display: flex; gap: 8px; flex-wrap: wrap; margin: 10px 0 14px; }
#detail img { height: 150px; border-radius: 6px; background: var(--wash); }
#detail dl { display: grid; grid-template-columns: 170px 1fr; gap: 8px 14px; margin: 0; }
#detail dt { font-weight: 600; } #detail dd { margin: 0; } #detail small { color: var(--soft); display: block; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--soft); } td, th { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
button.go { border: 0; background: none; color: var(--accent); cursor: pointer; font: inherit; padding: 0; text-align: left; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.sev-alarm { fill: var(--alarm); } .sev-warning { fill: var(--warning); } .sev-info { fill: var(--info); }
${shades('alarm', (step) => `8 ${62 - step * 4}% ${46 + step * 5}%`)}
${shades('warning', (step) => `${38 - step * 3} ${78 - step * 5}% ${47 + step * 5}%`)}
${shades('info', (step) => `${150 + step * 8} 40% ${42 + step * 5}%`)}
${shades('calm', (step) => `${[172, 214, 252, 192, 140, 284, 228, 160][step]} ${[42, 46, 36, 34, 30, 28, 52, 24][step]}% ${[44, 58, 64, 70, 56, 62, 42, 76][step]}%`)}
.unseen { fill: #9a9a96; fill-opacity: .45; }
@media (max-width: 700px) { .lane { grid-template-columns: 1fr; } .axis, .legend { margin-left: 0; width: 100%; } #detail dl { grid-template-columns: 1fr; } }
`;

/** The report's script, all of it: shows a window's frames and answers when it is chosen. */
export const pageScript = `
const data = JSON.parse(document.getElementById('data').textContent);
const detail = document.getElementById('detail');
const byWindow = new Map(data.windows.map((window, index) => [window.window, { ...window, index }]));
const element = (name, text, parent) => { const made = document.createElement(name); if (text !== undefined) made.textContent = text; parent?.append(made); return made; };
let shown;
function show(number) {
  const window = byWindow.get(number);
  if (!window) return;
  shown = window.index;
  for (const on of document.querySelectorAll('rect.on')) on.classList.remove('on');
  for (const rect of document.querySelectorAll('rect[data-window="' + number + '"]')) rect.classList.add('on');
  detail.replaceChildren();
  element('strong', window.time, detail);
  const frames = element('div', undefined, detail);
  frames.className = 'frames';
  for (const frame of window.frames) {
    const image = element('img', undefined, frames);
    image.src = frame.image;
    image.alt = 'Frame at ' + frame.time;
    image.title = frame.time;
    image.loading = 'lazy';
  }
  const list = element('dl', undefined, detail);
  for (const answer of window.answers) {
    element('dt', answer.question, list);
    const value = element('dd', answer.value, list);
    if (answer.reason) element('small', answer.reason, value);
    element('small', answer.about, value);
  }
  history.replaceState(null, '', '#w' + number);
}
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-window]');
  if (!target) return;
  show(Number(target.dataset.window));
  if (target.matches('button')) detail.scrollIntoView({ block: 'nearest' });
});
document.addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0 || shown === undefined || event.target.closest('input')) return;
  const next = data.windows[shown + step];
  if (next) { event.preventDefault(); show(next.window); }
});
const asked = /^#w(\\d+)$/.exec(location.hash);
show(asked ? Number(asked[1]) : data.windows[0]?.window);
`;
