import { z } from 'zod';
import type { Event } from '../../core/event.ts';
import type { Observation, WindowDecision } from '../../core/observation.ts';
import { endOfRun, type RunRecord } from '../../core/run.ts';
import type { EventRule, Workflow, WorkflowQuestion } from '../../core/workflow.ts';
import { clock, count, percent, plural } from '../../core/words.ts';
import { driverLanesStyle } from '../driver-lanes/page.ts';
import { renderDriverLanes, type DriverLanesData } from '../driver-lanes/section.ts';
import { cspHash, html, jsonForScript, raw, type Html } from '../html.ts';
import { duration } from '../report/words.ts';
import { pageScript, pageStyle } from './page.ts';

export interface DriverReportInput {
  readonly record: RunRecord;
  readonly workflow: Workflow;
  /** In time order. */
  readonly observations: readonly Observation[];
  readonly events: readonly Event[];
  readonly decisions: readonly WindowDecision[];
  /** What was measured on this device, drawn below the model's answers. */
  readonly measured?: DriverLanesData;
}

/**
 * `report.html`: state lanes over time, events above them, and the frames and answers of the chosen window. Pictures
 * are read from `windows/` beside it; nothing else is loaded, and no script runs but the page's own.
 */
export function renderDriverReport(input: DriverReportInput): string {
  const { record, workflow, observations, events, measured } = input;
  const style = measured ? `${pageStyle}${driverLanesStyle}` : pageStyle;
  const images = measured ? "img-src 'self' file: data:" : "img-src 'self' file:";
  const policy = `default-src 'none'; ${images}; style-src ${cspHash(style)}; script-src ${cspHash(pageScript)}; base-uri 'none'; form-action 'none'`;
  const ofSeconds = endOfRun(record) || Math.max(...observations.map(({ span: { end } }) => end), 1);
  const asked = input.decisions.filter((decision) => decision.asked).length;
  const failed = observations.filter(({ state }) => state === 'failed').length;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${record.source.name} · ${workflow.title}</title>
<style>${raw(style)}</style></head><body><main>
<h1>${record.source.name}</h1>
<p class="sub">${workflow.title}, asked of ${record.models.find(({ use }) => use === 'questions')?.id ?? 'no model'}. The answers are the model’s opinion, not a measurement.</p>
<dl class="facts">
${fact('of video', duration(ofSeconds))}${fact('windows asked', `${count(asked)} of ${count(input.decisions.length)}`)}
${fact('answers', count(observations.length - failed))}${fact('failed', count(failed))}${fact('events', count(events.length))}${measured ? fact('events measured', count(measured.events.length)) : ''}
</dl>
<h2>Timeline</h2>
${eventLanes(events, ofSeconds, workflow.sample.everySeconds)}
${workflow.questions.map((question) => stateLane(question, workflow.events, observations, ofSeconds))}
${skippedLane(input.decisions, ofSeconds)}
${axis(ofSeconds)}
<div id="detail" aria-live="polite"><p class="note">Choose a window in the timeline; the arrow keys leaf through.</p></div>
<h2>${measured ? 'Events by the model’s answers' : 'Events'}</h2>
${events.length === 0 ? html`<p class="note">None: no rule held for long enough.</p>` : eventTable(events, ofSeconds)}
${measured && renderDriverLanes(measured)}
<script type="application/json" id="data">${raw(jsonForScript({ windows: windowsOf(workflow, observations, ofSeconds) }))}</script>
<script>${raw(pageScript)}</script>
</main></body></html>
`;
  return page.text;
}

const fact = (what: string, value: string): Html => html`<div><dd>${value}</dd><dt>${what}</dt></div>`;

/** Rectangles are placed in thousandths of the video's length; the last window may reach beyond its end. */
const across = (seconds: number, ofSeconds: number): string => ((seconds / ofSeconds) * 1000).toFixed(2);

function bar(
  span: { start: number; end: number },
  ofSeconds: number,
  kind: string,
  title: string,
  window?: number,
): Html {
  const width = across(Math.max(Math.min(span.end, ofSeconds) - span.start, ofSeconds / 2000), ofSeconds);
  const chosen = window === undefined ? '' : html` data-window="${window}"`;
  return html`<rect class="${kind}" x="${across(span.start, ofSeconds)}" y="0" width="${width}" height="10"${chosen}><title>${title}</title></rect>`;
}

const lane = (name: string, bars: readonly Html[], kind = ''): Html =>
  html`<div class="lane ${kind}"><b>${name}</b><svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="${name}">${bars}</svg></div>`;

function eventLanes(events: readonly Event[], ofSeconds: number, everySeconds: number): Html[] {
  const rules = Object.entries(Object.groupBy(events, ({ title }) => title));
  return rules.map(([title, held = []]) =>
    lane(
      title,
      held.map((event) =>
        bar(
          event,
          ofSeconds,
          `sev-${event.severity}`,
          `${title}, ${span(event, ofSeconds)}`,
          Math.floor(event.start / everySeconds),
        ),
      ),
      'marks',
    ),
  );
}

/** The field that a question's lane shows: its first one with a few fixed values. */
function laneField(question: WorkflowQuestion): { name: string; values: readonly string[] } | undefined {
  for (const [name, field] of Object.entries(question.answer.shape)) {
    const schema = z.toJSONSchema(field as z.ZodType);
    if (schema.enum) return { name, values: schema.enum.map(String) };
    if (schema.type === 'boolean') return { name, values: ['true', 'false'] };
  }
  return undefined;
}

/** Round times along the lanes, at most nine. */
function axis(ofSeconds: number): Html {
  const step = axisSteps.find((seconds) => ofSeconds / seconds <= 8) ?? ofSeconds;
  const times = Array.from({ length: Math.floor(ofSeconds / step) + 1 }, (_, index) => index * step);
  const ticks = times.map(
    (time) =>
      html`<text x="${((time / ofSeconds) * 100).toFixed(3)}%" y="12" class="${time === 0 ? 'first' : time > ofSeconds * 0.97 ? 'last' : ''}">${clock(time, ofSeconds)}</text>`,
  );
  return html`<svg class="axis" aria-hidden="true">${ticks}</svg>`;
}

const axisSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];

/**
 * The class of each value's colour: what a rule is about is warm, by its severity, what says nothing is grey, everything
 * else is cool.
 */
function valueColours(
  question: WorkflowQuestion,
  field: string,
  values: readonly string[],
  rules: readonly EventRule[],
): readonly string[] {
  const seen = { alarm: 0, warning: 0, info: 0, calm: 0 };
  return values.map((value) => {
    const rule = rules.find(
      (one) => one.question === question.id && one.field === field && one.is.map(String).includes(value),
    );
    if (!rule && /^(not visible|unclear|unknown)$/i.test(value)) return 'unseen';
    const kind = rule?.severity ?? 'calm';
    return `${kind}${seen[kind]++ % 8}`;
  });
}

function stateLane(
  question: WorkflowQuestion,
  rules: readonly EventRule[],
  observations: readonly Observation[],
  ofSeconds: number,
): Html {
  const field = laneField(question);
  const values = field?.values ?? [];
  const colours = field ? valueColours(question, field.name, values, rules) : [];
  const bars = observations
    .filter((one) => one.question === question.id)
    .map((one) => {
      const value = one.state === 'answered' && field ? String(one.answer[field.name]) : one.state;
      const kind = one.state === 'answered' ? (colours[values.indexOf(value)] ?? 'calm0') : 'failed';
      return bar(one.span, ofSeconds, kind, `${span(one.span, ofSeconds)}: ${value}`, one.window);
    });
  const swatches = values.map(
    (value, index) =>
      html`<span><svg viewBox="0 0 1 1"><rect class="${colours[index] ?? ''}" width="1" height="1"/></svg>${value}</span>`,
  );
  return html`${lane(field ? `${question.id} · ${field.name}` : question.id, bars)}<div class="legend">${swatches}</div>`;
}

function skippedLane(decisions: readonly WindowDecision[], ofSeconds: number): Html {
  const skipped = decisions.filter(({ asked }) => !asked);
  if (skipped.length === 0) return html``;
  const bars = skipped.map((decision) =>
    bar(decision.span, ofSeconds, 'unseen', `${span(decision.span, ofSeconds)}: ${decision.reason}`),
  );
  return lane('not asked', bars, 'marks');
}

function eventTable(events: readonly Event[], ofSeconds: number): Html {
  const rows = events.map((event) => {
    const first = Number(event.observations[0]?.split('.')[0] ?? 0);
    return html`<tr><td><button class="go" type="button" data-window="${first}">${span(event, ofSeconds)}</button></td>
<td>${event.title}</td><td>${event.severity}</td><td class="n">${percent(event.confidence)}</td><td class="n">${plural(event.observations.length, 'answer')}</td></tr>`;
  });
  return html`<table><thead><tr><th>When</th><th>What</th><th>Severity</th><th class="n">Confidence</th><th class="n">Rests on</th></tr></thead><tbody>${rows}</tbody></table>`;
}

const span = ({ start, end }: { start: number; end: number }, ofSeconds: number): string =>
  `${clock(start, ofSeconds)}–${clock(Math.min(end, ofSeconds), ofSeconds)}`;

/** What the page's script shows of each window. */
function windowsOf(workflow: Workflow, observations: readonly Observation[], ofSeconds: number) {
  const windows = Object.entries(Object.groupBy(observations, ({ window }) => window));
  return windows.map(([window, answers = []]) => ({
    window: Number(window),
    time: answers[0] ? span(answers[0].span, ofSeconds) : '',
    // Without those that were not kept.
    frames: longestFrames(answers).flatMap(({ image, timeSeconds }) =>
      image === undefined ? [] : { image, time: `${timeSeconds.toFixed(2)} s` },
    ),
    answers: workflow.questions.flatMap(({ id }) => {
      const one = answers.find(({ question }) => question === id);
      return one ? [{ question: id, ...wordsOf(one) }] : [];
    }),
  }));
}

const longestFrames = (answers: readonly Observation[]) =>
  answers.map(({ frames }) => frames).reduce((most, frames) => (frames.length > most.length ? frames : most), []);

function wordsOf(one: Observation): { value: string; reason?: string; about: string } {
  if (one.state === 'failed') return { value: `No answer: ${one.error.message}`, about: one.error.raw ?? '' };
  if (one.state === 'skipped') return { value: 'Not asked', about: `Needs ${one.missing.join(', ')}` };
  const fields = Object.entries(one.answer).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') || 'none' : String(value)}`,
  );
  const from = {
    model: one.model,
    cache: `${one.model}, from the cache`,
    similar: `taken from ${one.takenFrom ?? ''}`,
  };
  const took = one.source === 'model' && one.cost.attempts > 0 ? ` in ${duration(one.cost.answerMs / 1000)}` : '';
  return {
    value: fields.join(' · '),
    reason: one.reason,
    about: `${percent(one.confidence)} sure, ${from[one.source]}${took}`,
  };
}
