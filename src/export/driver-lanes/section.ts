import type { Calibration, DriverRuleName, DriverSpan, DriverState, MeasuredEvent } from '../../core/driver-state.ts';
import { percent, plural } from '../../core/words.ts';
import { html, lines, type Html } from '../html.ts';
import { drawAxis, drawBars, drawCurve, type Tone } from './lane.ts';

/** One column of the lanes; `undefined` where it could not be measured. */
export interface LaneMoment {
  readonly timeSeconds: number;
  readonly eyes: number | undefined;
  readonly yaw: number | undefined;
  readonly pitch: number | undefined;
  readonly gazeYaw: number | undefined;
  readonly mouth: number | undefined;
  readonly gazePitch: number | undefined;
  readonly perclos: number | undefined;
}

export interface DriverLanesData {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly calibration: Calibration;
  /** Gone through once for each curve. */
  readonly moments: Iterable<LaneMoment>;
  readonly spans: readonly DriverSpan[];
  readonly events: readonly MeasuredEvent[];
  readonly blinks: readonly number[];
  /** Of the time in which the eyes were seen; undefined for too little of it. */
  readonly blinksPerMinute?: number;
  /** Thresholds drawn as lines. */
  readonly thresholds: {
    readonly eyesClosed: number;
    readonly perclos: number;
    readonly mouth: number;
    readonly headTurned: number;
    readonly headPitch: number;
    readonly gazeYaw: number;
    readonly gazePitch: number;
  };
  /** An event's picture as a `data:` address or a path; undefined where it has none. */
  readonly imageOf: (event: MeasuredEvent) => string | undefined;
}

const stateNames: Readonly<Record<DriverState, readonly [name: string, tone: Tone]>> = {
  eyes_closed: ['Eyes closed', 'alarm'],
  eyes_on_road: ['Eyes on the road', 'good'],
  gaze_away: ['Gaze off the road', 'warning'],
  head_down: ['Head down', 'notice'],
  head_up: ['Head up', 'notice'],
  head_turned: ['Head turned', 'notice'],
  mouth_wide_open: ['Mouth wide open', 'notice'],
  phone_in_hand: ['Phone in hand', 'warning'],
  hand_near_face: ['Hand near the face', 'notice'],
  not_measurable: ['Eyes not measurable', 'unknown'],
};

const severityTones: Readonly<Record<MeasuredEvent['severity'], Tone>> = {
  info: 'notice',
  warning: 'warning',
  alarm: 'alarm',
};

/** The part of a report that shows what the on-device engine measured: curves, states, and events with pictures. */
export function renderDriverLanes(data: DriverLanesData): Html {
  const part = { start: data.startSeconds, end: Math.max(data.endSeconds, data.startSeconds + 0.001) };
  const curve = (
    name: string,
    unit: string,
    range: readonly [number, number],
    of: (moment: LaneMoment) => number | undefined,
    ...limits: readonly number[]
  ): Html =>
    drawCurve(
      {
        name,
        unit,
        least: range[0],
        most: range[1],
        thresholds: limits,
        points: Iterator.from(data.moments).map((moment) => [moment.timeSeconds, of(moment)] as const),
      },
      part,
    );
  const { thresholds } = data;
  const both = (degrees: number): readonly number[] => [-degrees, degrees];
  const curves = [
    curve('Eyes open', '', [0, 1.2], ({ eyes }) => eyes, thresholds.eyesClosed),
    curve('PERCLOS, last minute', '', [0, 0.5], ({ perclos }) => perclos, thresholds.perclos),
    curve('Head turn', '°', [-60, 60], ({ yaw }) => yaw, ...both(thresholds.headTurned)),
    curve('Head nod', '°', [-45, 45], ({ pitch }) => pitch, ...both(thresholds.headPitch)),
    curve('Gaze sideways', '°', [-60, 60], ({ gazeYaw }) => gazeYaw, ...both(thresholds.gazeYaw)),
    curve('Gaze up and down', '°', [-45, 45], ({ gazePitch }) => gazePitch, ...both(thresholds.gazePitch)),
    curve('Mouth open', '', [0, 1], ({ mouth }) => mouth, thresholds.mouth),
  ];
  const states = Object.entries(stateNames).map(([state, [name, tone]]) => {
    return { name, tone, spans: data.spans.filter((span) => span.state === state) };
  });
  const bars = states.filter(({ spans }) => spans.length > 0).map((lane) => drawBars(lane, part));
  const never = states.filter(({ spans }) => spans.length === 0).map(({ name }) => name.toLowerCase());
  const events = data.events.map(({ start, end: until, title, severity }) => {
    return { start, end: until, title, tone: severityTones[severity] };
  });
  return html`<section class="driver-lanes">
<h2>Measured on this device</h2>
${calibrationLine(data)}
<p class="note">What the landmarks of the face say, by fixed rules. Where a model was asked about an event, its opinion stands beside it and changes nothing of it. A gap in a curve is time in which nothing could be measured; it does not mean that all was well. The rules name where their thresholds come from at second hand; nothing here was tested against those sources.</p>
${drawBars({ name: 'Events', tone: 'alarm', spans: events }, part)}
${lines(bars)}
${lines(curves)}
${drawAxis(part)}
${never.length === 0 ? '' : html`<p class="note">Never seen: ${never.join(', ')}. That is no proof that none of it was there.</p>`}
${data.events.length === 0 ? html`<p>No events.</p>` : html`<ol class="driver-events">${lines(data.events.map((event) => eventItem(event, data.imageOf(event))))}</ol>`}
</section>`;
}

function calibrationLine({ calibration, blinks, blinksPerMinute, moments }: DriverLanesData): Html {
  const { state, usableSeconds, stored } = calibration;
  const states = {
    calibrated: `Calibrated on this driver over ${usableSeconds.toFixed(0)} s.`,
    provisional: `Not calibrated yet: only ${usableSeconds.toFixed(1)} s of a face could be used, figures are provisional.`,
    none: 'Not calibrated: no face could be used. Mean figures of other people were taken.',
  };
  const calibrated = stored
    ? `The calibration of an earlier run was taken over (${usableSeconds.toFixed(0)} s${state === 'provisional' ? ', provisional' : ''}).`
    : states[state];
  if (!Iterator.from(moments).some(({ eyes }) => eyes !== undefined))
    return html`<p>${calibrated} Eyes were never seen.</p>`;
  const rate = blinksPerMinute === undefined ? '' : ` (${blinksPerMinute.toFixed(0)} a minute of eyes seen)`;
  return html`<p>${calibrated} ${plural(blinks.length, 'blink')} seen${rate}.</p>`;
}

const degrees = (value: number): string => `${Math.round(value)}°`;
/** `3 s`, `8.62 s`: what is held against a threshold is not rounded to it. */
const seconds = (value: number): string => `${Number(value.toFixed(2))} s`;
const plain = (value: number): string => String(value);

/** The figures of events in words; what is not named here is shown by its name. */
const figureWords: Readonly<Record<string, readonly [words: string, shown: (value: number) => string]>> = {
  seconds: ['', seconds],
  lidsCover: ['lids cover up to', percent],
  degrees: ['up to', degrees],
  sideways: ['sideways from', degrees],
  upOrDown: ['up or down from', degrees],
  mouthOpen: ['mouth opened to', plain],
  score: ['best score', plain],
  perclos: ['PERCLOS', percent],
  glances: ['glances', plain],
  window: ['within', seconds],
  alarms: ['alarms', plain],
};

/** What decided: each figure with its threshold, then thresholds that have no figure of their own. */
function figuresLine({ figures, threshold }: MeasuredEvent): string {
  const worded = (name: string, value: number): string => {
    const [words, shown] = figureWords[name] ?? [name, plain];
    return `${words} ${shown(value)}`.trimStart();
  };
  const decided = Object.entries(figures).map(([name, value]) => {
    const least = threshold[name];
    const shown = figureWords[name]?.[1] ?? plain;
    return `${worded(name, value)}${least === undefined ? '' : ` (rule: ${shown(least)})`}`;
  });
  const others = Object.entries(threshold).filter(([name]) => figures[name] === undefined);
  const rule = others.map(([name, value]) => worded(name, value)).join(', ');
  return `${decided.join(', ')}${rule === '' ? '' : `; rule: ${rule}`}.`;
}

/** Rules that no calibration bears on. */
const faceless: ReadonlySet<DriverRuleName> = new Set(['no_driver', 'camera_obstructed', 'camera_degraded']);

function eventItem(event: MeasuredEvent, image: string | undefined): Html {
  const long = (event.end - event.start).toFixed(1);
  const picture =
    image === undefined
      ? ''
      : html`<img src="${image}" alt="The frame at ${event.raisedAt.toFixed(1)} s, landmarks drawn" loading="lazy">`;
  const provisional = event.calibration === 'calibrated' || faceless.has(event.rule) ? '' : ', figures provisional';
  return html`<li class="${event.severity}" id="${event.id}">${picture}<div><h3>${event.title}</h3><p>${event.start.toFixed(1)}–${event.end.toFixed(1)} s, ${long} s long, ${event.severity}, confidence ${event.confidence.toFixed(2)}${provisional}</p><p class="note">${figuresLine(event)}</p><p class="note">By ${event.source}.</p>${opinionLine(event)}</div></li>`;
}

function opinionLine({ opinion }: MeasuredEvent): Html {
  if (!opinion) return html``;
  const { model } = opinion;
  if (opinion.state === 'failed') return html`<p class="opinion">${model} gave no opinion: ${opinion.message}</p>`;
  const says = { yes: 'sees it too', no: 'does not see it', 'cannot tell': 'cannot tell' }[opinion.seen];
  const sure = `${Math.round(opinion.confidence * 100)} % sure, ${opinion.frames.length} frames`;
  return html`<p class="opinion"><b>${model} ${says}</b> (${sure}): ${opinion.reason}</p>`;
}
