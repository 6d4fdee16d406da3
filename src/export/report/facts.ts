import { summaryOf, type RunRecord } from '../../core/run.ts';
import { count, percent, plural, size } from '../../core/words.ts';
import { html, type Html } from '../html.ts';
import { duration } from './words.ts';

/** `My_talk-2024.mp4` → `My talk-2024`. */
export function talkName(fileName: string): string {
  const name = fileName
    .replace(/\.[^.]{1,5}$/, '')
    .replaceAll('_', ' ')
    .trim();
  return name === '' ? fileName : name;
}

function fact(value: string, label: string): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

export function renderHeader(record: RunRecord): Html {
  const { video } = record;
  const { counts, videoSeconds, elapsedSeconds } = summaryOf(record, '', '', false);
  const { slides = 0, framesInVideo = 0, framesLookedAt = 0 } = counts;
  const faster = elapsedSeconds > 0 ? videoSeconds / elapsedSeconds : 0;
  const share = framesInVideo > 0 ? ` of ${count(framesInVideo)}` : '';
  const pace = faster >= 1.5 ? `, ${faster < 10 ? faster.toFixed(1) : Math.round(faster)} × real time` : '';
  return html`<header class="top">
    <p class="brand">Framesift<span> · slides of a talk</span></p>
    <h1 dir="auto">${talkName(record.source.name)}</h1>
    <dl class="facts">
      ${fact(count(slides), slides === 1 ? 'slide' : 'slides')}
      ${fact(duration(videoSeconds), 'video')}
      ${fact(`${count(framesLookedAt)}${share}`, 'frames looked at')}
      ${fact(duration(elapsedSeconds), `to work through${pace}`)}
      ${fact(`${video.width} × ${video.height}`, `${video.codec}, ${size(record.source.bytes)}`)}
    </dl>
  </header>`;
}

const stateWords: Readonly<Record<RunRecord['state'], string | undefined>> = {
  finished: undefined,
  running: 'This page was written before the run had ended: what is here is what was known by then.',
  interrupted: 'The run was interrupted: what is here is what was known by then. Start it again and it goes on.',
  incomplete: 'Some of it failed and can be tried again: run the same command once more.',
  failed: 'The run ended with an error: what is here is what was known by then.',
};

export function renderWarnings(record: RunRecord): Html {
  const warnings = [...new Set(record.warnings)];
  const state = stateWords[record.state];
  if (state) warnings.unshift(record.error ? `${state} ${record.error.message}` : state);
  if (warnings.length === 0) return html``;
  return html`<section class="warnings" aria-label="Warnings">
    <h2>${plural(warnings.length, 'thing')} to know</h2>
    <ul>
      ${warnings.map((warning) => html`<li>${warning}</li>`)}
    </ul>
  </section>`;
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

type Row = readonly [name: string, value: string];

function table(caption: string, rows: readonly Row[]): Html {
  const body = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  return html`<table><caption>${caption}</caption><tbody>${body}</tbody></table>`;
}

function runRows({ framesift, source, started, decode, cost, models }: RunRecord): Row[] {
  const rows: Row[] = [
    ['framesift', framesift],
    ['source', `${source.path} (${size(source.bytes)})`],
    ['started', started],
    ['CPU time', duration(cost.cpuMs / 1000)],
    ['peak memory', `${count(cost.peakMemoryMb)} MB`],
  ];
  if (decode) {
    const share = decode.packets > 0 ? ` (${percent(decode.packetsSkipped / decode.packets)})` : '';
    rows.push(['frames decoded', count(decode.framesDecoded)]);
    rows.push(['packets never decoded', `${count(decode.packetsSkipped)}${share}`]);
    rows.push(['damaged', count(decode.damaged)]);
  }
  if (cost.modelCalls > 0)
    rows.push([
      'model calls',
      `${count(cost.modelCalls)}, ${count(cost.tokensIn)} tokens in, ${count(cost.tokensOut)} out`,
    ]);
  for (const { use, id, version, device } of models) {
    rows.push([
      use,
      [id, ...(version === undefined ? [] : [shortVersion(version)]), ...(device ? [device] : [])].join(' · '),
    ]);
  }
  return rows;
}

/** A digest tells two files apart by its beginning; run.json has the whole of it. */
const shortVersion = (version: string): string => (/^[0-9a-f]{40,}$/.test(version) ? version.slice(0, 12) : version);

function stageRow({ stage, wallMs, waitMs = 0, cpuMs, count: times }: RunRecord['timings'][number]): Row {
  const cpu = cpuMs === undefined ? '' : `, CPU ${duration(cpuMs / 1000)}`;
  const waited = waitMs > 0 ? ` (waiting ${duration(waitMs / 1000)})` : '';
  return [stage, `${duration(wallMs / 1000)}${waited}${cpu}, ${plural(times, 'time')}`];
}

/** What a reader wants who doubts a result or wants to repeat it. */
export function renderMaking(record: RunRecord): Html {
  const options = Object.entries(record.options).filter(([, value]) => value !== undefined);
  return html`<details class="making"><summary>How this was made</summary>
<div class="tables">
${table('Run', runRows(record))}
${table('Time by stage', record.timings.map(stageRow))}
${table(
  'Options in force',
  options.map(([name, value]) => [name, written(value)]),
)}
</div></details>`;
}
