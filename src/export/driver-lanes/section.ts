import type { Calibration, DriverSpan, DriverState, MeasuredEvent } from '../../core/driver-state.ts';
import { drawAxis, drawBars, drawCurve, escape, type Tone } from './lane.ts';

/** One column of the lanes; `undefined` where it could not be measured. */
export interface LaneMoment {
  readonly timeSeconds: number;
  readonly eyes: number | undefined;
  readonly yaw: number | undefined;
  readonly pitch: number | undefined;
  readonly gazeYaw: number | undefined;
  readonly mouth: number | undefined;
  readonly perclos: number | undefined;
}

export interface DriverLanesData {
  readonly endSeconds: number;
  readonly calibration: Calibration;
  /** Gone through once for each curve. */
  readonly moments: Iterable<LaneMoment>;
  readonly spans: readonly DriverSpan[];
  readonly events: readonly MeasuredEvent[];
  readonly blinks: readonly number[];
  /** Thresholds drawn as lines. */
  readonly thresholds: {
    readonly eyesClosed: number;
    readonly perclos: number;
    readonly mouth: number;
    readonly gazeYaw: number;
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
  phone_in_hand: ['Telephone in hand', 'warning'],
  hand_near_face: ['Hand near the face', 'notice'],
  not_measurable: ['Eyes not measurable', 'unknown'],
};

const severityTones: Readonly<Record<MeasuredEvent['severity'], Tone>> = {
  info: 'notice',
  warning: 'warning',
  alarm: 'alarm',
};

/** The part of a report that shows what the on-device engine measured: curves, states, and events with pictures. */
export function renderDriverLanes(data: DriverLanesData): string {
  const end = Math.max(data.endSeconds, 0.001);
  const curve = (
    name: string,
    unit: string,
    range: readonly [number, number],
    of: (moment: LaneMoment) => number | undefined,
    threshold?: number,
  ): string =>
    drawCurve(
      {
        name,
        unit,
        least: range[0],
        most: range[1],
        ...(threshold === undefined ? {} : { threshold }),
        points: Iterator.from(data.moments).map((moment) => [moment.timeSeconds, of(moment)] as const),
      },
      end,
    );
  const { thresholds } = data;
  const curves = [
    curve('Eyes open', '', [0, 1.2], ({ eyes }) => eyes, thresholds.eyesClosed),
    curve('PERCLOS, last minute', '', [0, 0.5], ({ perclos }) => perclos, thresholds.perclos),
    curve('Head turn', '°', [-60, 60], ({ yaw }) => yaw),
    curve('Head nod', '°', [-45, 45], ({ pitch }) => pitch),
    curve('Gaze sideways', '°', [-60, 60], ({ gazeYaw }) => gazeYaw, thresholds.gazeYaw),
    curve('Mouth open', '', [0, 1], ({ mouth }) => mouth, thresholds.mouth),
  ];
  const states = Object.entries(stateNames).map(([state, [name, tone]]) => {
    return { name, tone, spans: data.spans.filter((span) => span.state === state) };
  });
  const bars = states.filter(({ spans }) => spans.length > 0).map((lane) => drawBars(lane, end));
  const never = states.filter(({ spans }) => spans.length === 0).map(({ name }) => name.toLowerCase());
  const events = data.events.map(({ start, end: until, title, severity }) => {
    return { start, end: until, title, tone: severityTones[severity] };
  });
  return `<section class="driver-lanes">
<h2>Measured on this device</h2>
${calibrationLine(data)}
<p class="note">What the landmarks of the face say, by fixed rules. Where a model was asked about an event, its opinion stands beside it and changes nothing of it. A gap in a curve is time in which nothing could be measured; it does not mean that all was well.</p>
${drawBars({ name: 'Events', tone: 'alarm', spans: events }, end)}
${bars.join('\n')}
${curves.join('\n')}
${drawAxis(end)}
${never.length === 0 ? '' : `<p class="note">Not met: ${never.join(', ')}.</p>`}
${data.events.length === 0 ? '<p>No events.</p>' : `<ol class="driver-events">${data.events.map((event) => eventItem(event, data.imageOf(event))).join('\n')}</ol>`}
</section>`;
}

function calibrationLine({ calibration, blinks, endSeconds }: DriverLanesData): string {
  const { state, usableSeconds } = calibration;
  const states = {
    calibrated: `Calibrated on this driver over ${usableSeconds.toFixed(0)} s.`,
    provisional: `Not calibrated yet: only ${usableSeconds.toFixed(1)} s of a face could be used, figures are provisional.`,
    none: 'Not calibrated: no face could be used. Mean figures of other people were taken.',
  };
  const rate = endSeconds > 0 ? (blinks.length / endSeconds) * 60 : 0;
  return `<p>${states[state]} ${blinks.length} blinks seen (${rate.toFixed(0)} a minute).</p>`;
}

function eventItem(event: MeasuredEvent, image: string | undefined): string {
  const seconds = (event.end - event.start).toFixed(1);
  const picture =
    image === undefined
      ? ''
      : `<img src="${escape(image)}" alt="The frame at ${event.raisedAt.toFixed(1)} s, landmarks drawn" loading="lazy">`;
  const figures = Object.entries(event.figures).map(([name, value]) => {
    const threshold = event.threshold[name];
    return `${escape(name)} ${value}${threshold === undefined ? '' : ` (threshold ${threshold})`}`;
  });
  return `<li class="${event.severity}" id="${event.id}">${picture}<div><h3>${escape(event.title)}</h3><p>${event.start.toFixed(1)}–${event.end.toFixed(1)} s, ${seconds} s long, ${event.severity}, confidence ${event.confidence.toFixed(2)}</p><p class="note">${figures.join(', ')}</p>${opinionLine(event)}</div></li>`;
}

function opinionLine({ opinion }: MeasuredEvent): string {
  if (!opinion) return '';
  const model = escape(opinion.model);
  if (opinion.state === 'failed') return `<p class="opinion">${model} gave no opinion: ${escape(opinion.message)}</p>`;
  const says = { yes: 'sees it too', no: 'does not see it', 'cannot tell': 'cannot tell' }[opinion.seen];
  const sure = `${Math.round(opinion.confidence * 100)} % sure, ${opinion.frames.length} frames`;
  return `<p class="opinion"><b>${model} ${says}</b> (${sure}): ${escape(opinion.reason)}</p>`;
}
