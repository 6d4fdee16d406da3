import type { Span } from '../../core/slide.ts';
import { clock } from '../../core/words.ts';
import { html, type Html } from '../html.ts';

/** One curve over time. */
export interface LaneCurve {
  readonly name: string;
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  /** Thresholds of the rules, drawn as lines. */
  readonly thresholds: readonly number[];
  /** Time in seconds and value; `undefined` leaves a gap. */
  readonly points: Iterable<readonly [timeSeconds: number, value: number | undefined]>;
}

/** Spans of one kind, as a row of bars. */
export interface LaneBars {
  readonly name: string;
  /** Each in the lane's tone, unless it has one of its own. */
  readonly spans: readonly (Span & { readonly tone?: Tone; readonly title?: string })[];
  readonly tone: Tone;
}

export type Tone = 'good' | 'notice' | 'warning' | 'alarm' | 'unknown';

const width = 1200;
const curveHeight = 56;
const barHeight = 14;
/** More points than pixels show nothing more: each column of the drawing keeps its least and its greatest value. */
const columns = width;

export function drawCurve(curve: LaneCurve, part: Span): Html {
  const scaleY = (value: number): number =>
    curveHeight -
    ((Math.min(curve.most, Math.max(curve.least, value)) - curve.least) / (curve.most - curve.least)) * curveHeight;
  const thresholds = curve.thresholds
    .map((value) => fixed(scaleY(value)))
    .map((y) => html`<line class="threshold" x1="0" x2="${width}" y1="${y}" y2="${y}"/>`);
  const lines = thinned(curve.points, part)
    .map((run) => run.map(([x, value]) => `${fixed(x)},${fixed(scaleY(value))}`).join(' '))
    .map((points) => html`<polyline points="${points}"/>`);
  const range = `${curve.least} to ${curve.most}${curve.unit === '' ? '' : ` ${curve.unit}`}`;
  const label = `${curve.name} (${range})`;
  return html`<figure class="lane"><figcaption>${curve.name} <small>${range}</small></figcaption><svg viewBox="0 0 ${width} ${curveHeight}" preserveAspectRatio="none" role="img" aria-label="${label}">${thresholds}${lines}</svg></figure>`;
}

export function drawBars({ name, spans, tone }: LaneBars, part: Span): Html {
  const bars = spans.map(({ start, end, tone: own, title = name }) => {
    const x = across(start, part);
    const wide = Math.max(1.5, across(end, part) - x);
    const kind = own === undefined ? '' : html` class="${own}"`;
    return html`<rect${kind} x="${fixed(x)}" y="0" width="${fixed(wide)}" height="${barHeight}"><title>${title} ${start.toFixed(1)}–${end.toFixed(1)} s</title></rect>`;
  });
  return html`<figure class="lane bars ${tone}"><figcaption>${name}</figcaption><svg viewBox="0 0 ${width} ${barHeight}" preserveAspectRatio="none" role="img" aria-label="${name}: ${spans.length}">${bars}</svg></figure>`;
}

/** Times below the lanes, at the quarters. */
export function drawAxis({ start, end }: Span): Html {
  // Quarters of a short part are no whole seconds.
  const written = (time: number): string => (end - start < 20 ? `${time.toFixed(1)} s` : clock(time, end));
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<span>${written(start + (end - start) * share)}</span>`);
  return html`<div class="times">${marks}</div>`;
}

/** Runs of points in drawing coordinates, cut where values are missing. */
function thinned(points: LaneCurve['points'], part: Span): [x: number, value: number][][] {
  const runs: [number, number][][] = [];
  let run: [number, number][] = [];
  let column = { x: -1, least: 0, most: 0 };
  const flush = (): void => {
    if (column.x < 0) return;
    run.push([column.x, column.least]);
    if (column.most > column.least) run.push([column.x, column.most]);
    column = { x: -1, least: 0, most: 0 };
  };
  for (const [time, value] of points) {
    if (value === undefined) {
      flush();
      if (run.length > 0) runs.push(run);
      run = [];
      continue;
    }
    const x = Math.min(columns, Math.floor(across(time, part)));
    if (x === column.x) {
      column.least = Math.min(column.least, value);
      column.most = Math.max(column.most, value);
      continue;
    }
    flush();
    column = { x, least: value, most: value };
  }
  flush();
  if (run.length > 0) runs.push(run);
  return runs;
}

/** Where a time lies in the drawing of a part of the video. */
const across = (seconds: number, { start, end }: Span): number => ((seconds - start) / (end - start)) * width;

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
