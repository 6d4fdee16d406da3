/**
 * The script of `report.html`, as text: it runs in the reader's browser, without modules or network. It writes text with
 * `textContent` alone, so that nothing recognised in a video can become markup.
 */
export const pageScript = String.raw`
'use strict';
const $ = (id) => document.getElementById(id);
const slides = [...document.querySelectorAll('.slide')];
const byIndex = new Map(slides.map((slide) => [Number(slide.dataset.index), slide]));
const spans = JSON.parse($('spans').textContent);
const strip = $('strip');
const bars = strip.querySelector('.bars');
const total = Number(strip.dataset.seconds);
const search = $('search');
const viewer = $('viewer');
const peek = $('peek');
let current = null;
let leafing = false;

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (value) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return total >= 3600 ? Math.floor(minutes / 60) + ':' + two(minutes % 60) + ':' + two(whole % 60) : minutes + ':' + two(whole % 60);
};
const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
const titleOf = (slide) => slide.querySelector('h2').textContent;
const seen = () => slides.filter((slide) => !slide.hidden);

/* Where the reader is */
function setCurrent(slide) {
  if (slide === current) return;
  current?.classList.remove('now');
  current = slide;
  for (const bar of bars.querySelectorAll('a')) bar.classList.toggle('now', slide !== null && bar.dataset.slide === slide.dataset.index);
  if (slide && leafing) slide.classList.add('now');
}
function goTo(slide) {
  if (!slide) return;
  if (document.body.dataset.view === 'decisions') setView('read');
  leafing = true;
  setCurrent(null);
  setCurrent(slide);
  slide.scrollIntoView({ block: document.body.dataset.view === 'grid' ? 'nearest' : 'start' });
  slide.focus({ preventScroll: true });
}
function step(by) {
  const list = seen();
  const at = list.indexOf(current);
  goTo(list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))]);
}
let waiting = false;
addEventListener('scroll', () => {
  if (waiting || leafing || document.body.dataset.view !== 'read') return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    setCurrent(seen().find((slide) => slide.getBoundingClientRect().bottom > 220) ?? null);
  });
}, { passive: true });
for (const kind of ['wheel', 'touchmove']) addEventListener(kind, () => { leafing = false; current?.classList.remove('now'); }, { passive: true });

/* The strip */
const timeAt = (event) => {
  const box = bars.getBoundingClientRect();
  return Math.min(total, Math.max(0, ((event.clientX - box.left) / box.width) * total));
};
function showPlayhead(time) {
  const line = $('playhead');
  line.setAttribute('visibility', time === null ? 'hidden' : 'visible');
  if (time !== null) for (const side of ['x1', 'x2']) line.setAttribute(side, (100 * time) / total + '%');
}
bars.addEventListener('pointermove', (event) => {
  const time = timeAt(event);
  showPlayhead(time);
  const pointed = event.target.closest('a');
  const span = spans.find(([start, end, , slide]) => (pointed ? slide === Number(pointed.dataset.slide) && time < end + total / 600 && time >= start - total / 600 : time >= start && time < end));
  const slide = span && byIndex.get(span[3]);
  const picture = slide?.querySelector('img');
  if (picture) peek.firstElementChild.src = picture.src;
  else peek.firstElementChild.removeAttribute('src');
  peek.lastElementChild.replaceChildren(element('b', '', clock(time)), slide ? slide.dataset.index + '. ' + titleOf(slide) : span ? span[2] : 'Not looked at');
  peek.hidden = false;
  const box = bars.getBoundingClientRect();
  peek.style.left = Math.min(innerWidth - 276, Math.max(8, event.clientX - 130)) + 'px';
  peek.style.top = box.bottom + 24 + 'px';
});
bars.addEventListener('pointerleave', () => { peek.hidden = true; showPlayhead(null); });
bars.addEventListener('click', (event) => {
  const bar = event.target.closest('a');
  if (!bar) return;
  event.preventDefault();
  peek.hidden = true;
  goTo(byIndex.get(Number(bar.dataset.slide)));
});

/* Search: accents and case do not count; folding keeps each character's place, for the highlight */
const fold = (text) => text.replace(/[^]/g, (sign) => (sign.normalize('NFD')[0] ?? sign).toLowerCase()[0] ?? sign);
const contents = slides.map((slide) => [...slide.querySelectorAll('h2, .text p, .context p:not(.by), .context li, .context dt, .context dd')]);
const folded = contents.map((parts) => parts.map((part) => fold(part.textContent)));
function applySearch() {
  const words = fold(search.value).split(/\s+/).filter(Boolean);
  const ranges = [];
  let matches = 0;
  slides.forEach((slide, index) => {
    const texts = folded[index];
    const hit = words.every((word) => texts.some((text) => text.includes(word)));
    slide.hidden = !hit;
    if (hit) matches += 1;
    if (hit && words.length > 0)
      texts.forEach((text, part) => {
        const node = contents[index][part].firstChild;
        if (!node) return;
        for (const word of words)
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
      });
  });
  strip.classList.toggle('dim', words.length > 0);
  for (const bar of bars.querySelectorAll('a')) bar.classList.toggle('hit', byIndex.get(Number(bar.dataset.slide))?.hidden === false);
  if (globalThis.CSS?.highlights) CSS.highlights.set('found', new Highlight(...ranges));
  $('found').textContent = words.length === 0 ? '' : matches + ' of ' + slides.length + (slides.length === 1 ? ' slide' : ' slides');
  $('no-match').hidden = matches > 0 || slides.length === 0;
  if (current?.hidden) setCurrent(null);
}
search.addEventListener('input', () => {
  if (document.body.dataset.view === 'decisions') setView('read');
  applySearch();
});

/* Views */
function setView(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll('[data-view][aria-pressed]')) button.setAttribute('aria-pressed', String(button.dataset.view === view));
  $('decisions').hidden = view !== 'decisions';
  if (view === 'decisions') openDecisions();
}
for (const button of document.querySelectorAll('button[data-view]')) button.addEventListener('click', () => setView(button.dataset.view));
$('help-button').addEventListener('click', () => $('help').showModal());

/* Enlarged */
function enlarge(slide) {
  const picture = slide?.querySelector('img');
  if (!picture) return;
  viewer.querySelector('img').src = picture.src;
  viewer.querySelector('img').alt = picture.alt;
  viewer.querySelector('p').textContent = slide.dataset.index + '. ' + titleOf(slide);
  setCurrent(slide);
  if (!viewer.open) viewer.showModal();
}
viewer.addEventListener('click', (event) => { if (event.target.tagName !== 'P') viewer.close(); });
viewer.addEventListener('close', () => goTo(current));

async function copyText(slide) {
  const lines = [titleOf(slide), ...[...slide.querySelectorAll('.text p')].map((line) => line.textContent)];
  if (lines[1] === lines[0]) lines.shift();
  const button = slide.querySelector('.copy');
  let done = true;
  try {
    await navigator.clipboard.writeText(lines.join('\n'));
  } catch {
    // A page opened from a file may have no clipboard: the old way still works there.
    const area = element('textarea');
    area.value = lines.join('\n');
    document.body.append(area);
    area.select();
    done = document.execCommand('copy');
    area.remove();
  }
  if (!button) return;
  button.textContent = done ? 'Copied' : 'Could not copy';
  setTimeout(() => { button.textContent = 'Copy text'; }, 1400);
}
document.addEventListener('click', (event) => {
  const slide = event.target.closest?.('.slide');
  if (!slide) return;
  if (event.target.closest('.enlarge')) enlarge(slide);
  else if (event.target.closest('.copy')) void copyText(slide);
  else if (event.target.closest('button.time')) showPlayhead(Number(event.target.closest('button.time').dataset.at));
});

/* Keys */
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $('help').open) return;
  if (event.target === search) {
    if (event.key === 'Escape') { search.value = ''; applySearch(); search.blur(); }
    if (event.key === 'Enter') { search.blur(); goTo(seen()[0]); }
    return;
  }
  if (viewer.open) {
    const by = { ArrowRight: 1, ArrowDown: 1, j: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, k: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const list = seen();
    enlarge(list[Math.min(list.length - 1, Math.max(0, list.indexOf(current) + by))]);
    return;
  }
  const act = {
    '/': () => { search.focus(); search.select(); },
    j: () => step(1),
    k: () => step(-1),
    c: () => current && void copyText(current),
    r: () => setView('read'),
    g: () => setView('grid'),
    d: () => setView('decisions'),
    '?': () => $('help').showModal(),
    Enter: () => event.target === current && enlarge(current),
    Escape: () => { search.value = ''; applySearch(); },
  }[event.key];
  if (!act) return;
  if (event.key !== 'Enter' && event.key !== 'Escape') event.preventDefault();
  act();
});

/* Decisions: read and drawn when first asked for, 200 rows at a time */
let ledger = null;
let shownRows = [];
let drawn = 0;
let rule = '';
function openDecisions() {
  if (ledger) return;
  ledger = JSON.parse($('ledger').textContent);
  const counts = new Map();
  for (const [, kept, name] of ledger) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (kept) counts.set('\u0000kept', (counts.get('\u0000kept') ?? 0) + 1);
  }
  const kept = counts.get('\u0000kept') ?? 0;
  counts.delete('\u0000kept');
  const choices = [['', 'All', ledger.length], ['\u0000kept', 'Kept', kept], ...[...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => [name, name, n])];
  for (const [value, label, n] of choices) {
    const button = element('button', '', label);
    button.type = 'button';
    button.append(element('b', '', n.toLocaleString('en-GB')));
    button.setAttribute('aria-pressed', String(value === rule));
    button.addEventListener('click', () => {
      rule = value;
      for (const other of $('rules').children) other.setAttribute('aria-pressed', String(other === button));
      listRows();
    });
    $('rules').append(button);
  }
  listRows();
}
function listRows() {
  shownRows = ledger.filter(([, kept, name]) => rule === '' || (rule === '\u0000kept' ? kept : name === rule));
  drawn = 0;
  $('rows').replaceChildren();
  drawRows();
}
function drawRows() {
  const piece = document.createDocumentFragment();
  for (const [time, kept, name, reason, figures, kind, confidence, slide] of shownRows.slice(drawn, drawn + 200)) {
    const row = element('tr');
    const at = element('button', 'time', clock(time) + (time % 1 ? '.' + String(Math.round((time % 1) * 1000)).padStart(3, '0').slice(0, 2) : ''));
    at.type = 'button';
    at.addEventListener('click', () => showPlayhead(time));
    row.append(element('td'), element('td', kept ? 'kept' : 'dropped', kept ? 'kept' : 'dropped'), element('td', '', name), element('td'), element('td', 'figures'), element('td', '', reason));
    row.cells[0].append(at);
    if (slide && byIndex.has(slide)) {
      const link = element('a', '', 'slide ' + slide);
      link.href = '#slide-' + slide;
      link.addEventListener('click', (event) => { event.preventDefault(); goTo(byIndex.get(slide)); });
      row.cells[3].append(link);
    } else row.cells[3].textContent = kind + (confidence === '' ? '' : ' ' + Math.round(confidence * 100) + ' %');
    for (const [label, value, threshold] of figures) {
      const figure = element('span');
      figure.append(element('i', '', label), String(value));
      if (threshold !== undefined) figure.append(element('small', '', (value === '' ? '' : '/ ') + threshold));
      row.cells[4].append(figure);
    }
    piece.append(row);
  }
  $('rows').append(piece);
  drawn = Math.min(shownRows.length, drawn + 200);
  const more = $('more');
  more.replaceChildren(drawn < shownRows.length ? drawn.toLocaleString('en-GB') + ' of ' + shownRows.length.toLocaleString('en-GB') + ' shown' : shownRows.length.toLocaleString('en-GB') + (shownRows.length === 1 ? ' frame' : ' frames'));
  if (drawn < shownRows.length) {
    const button = element('button', '', 'Show more');
    button.type = 'button';
    button.addEventListener('click', drawRows);
    more.append(button);
  }
}
new IntersectionObserver((entries) => {
  if (ledger && drawn < shownRows.length && entries.some((entry) => entry.isIntersecting)) drawRows();
}, { rootMargin: '600px' }).observe($('more'));

if (location.hash.startsWith('#view=')) setView(location.hash.slice(6));
`;
