import type { DriverSpan } from '../../src/core/driver-state.ts';
import type { ClipFindings } from './driver-clip.ts';

/** A stretch read off a video by eye. `none`: nothing of these kinds happens in it. */
export interface Label {
  readonly file: string;
  readonly state: string;
  readonly start: number;
  readonly end: number;
  readonly note: string;
}

/** How well one label was found. */
export interface LabelScore extends Label {
  /** The best |found ∩ true| ÷ |found ∪ true| among spans of its state. */
  readonly iou: number;
  /** Of its time, what was called eyes on the road. */
  readonly onRoadSeconds: number;
}

/** Stretches in which open eyes look down, read off crops of the eyes, ± 0.1 s. */
const lookingDown: Readonly<Record<string, readonly (readonly [start: number, end: number])[]>> = {
  'incar_yawdd_woman7_yawn_talk.avi': [
    [0.8, 2.1],
    [4.2, 6.4],
    [18.8, 19.7],
  ],
};

/** Stretches in which lids are down and nobody can say whether the eyes are shut or look down. */
const unsureLids: Readonly<Record<string, readonly (readonly [start: number, end: number])[]>> = {
  'incar_dark_hand_over_face_boxes.mp4': [
    [1.2, 3.2],
    [8, 9.9],
  ],
  'incar_beer_mug_front.mp4': [
    [0, 0.2],
    [1.3, 2.2],
    [3.3, 6.6],
    [12.6, 16.8],
    [18.1, 23],
  ],
  'phone_nod_and_turn_540p.mp4': [[11.3, 14.5]],
  'incar_openvino_driver_actions.mp4': [[8.6, 14.1]],
  // Shut in every frame, and left out of the labels.
  'slow_eyelid_closure.mp4': [[4.2, 5.4]],
};

/** Something said that is not so, or that nobody labelled. */
export interface FalseFinding {
  readonly what: 'phone' | 'closure' | 'yawn' | 'hand' | 'head' | 'no driver';
  readonly start: number;
  readonly end: number;
}

export interface ClipScore {
  readonly labels: readonly LabelScore[];
  readonly lids: readonly LidsJudged[];
  readonly falseFindings: readonly FalseFinding[];
  /** `eyes_closed` spans of that length in stretches in which the eyes look down. */
  readonly closuresLookingDown: readonly FoundSpan[];
  readonly labelledSeconds: number;
  /** Of these, what the program itself called not measurable. */
  readonly unmeasuredSeconds: number;
  /** Length of what was looked at. */
  readonly seconds: number;
}

export type FoundSpan = Pick<DriverSpan, 'start' | 'end' | 'reason'> & { readonly state: string };

/** Labels shorter than this count as found when a third is covered: their own reading error is ± 0.3 s. */
const shortSeconds = 1.5;
/** Shorter closures are blinks as far as labels go. */
const falseSeconds = 0.7;

export function parseLabels(table: string): Label[] {
  const [, ...rows] = table.trim().split('\n');
  return rows.map((row) => {
    const [file = '', state = '', start, end, note = ''] = row.split('\t');
    return { file, state, start: Number(start), end: Number(end), note };
  });
}

export function scoreClip(labels: readonly Label[], found: ClipFindings): ClipScore {
  const { spans } = found;
  const unmeasured = spans.filter(({ state }) => state === 'not_measurable');
  const long = spans.filter(({ state, start, end }) => state === 'eyes_closed' && end - start >= falseSeconds);
  const down = stretchesOf(lookingDown, labels);
  return {
    labels: labels
      .filter(({ state }) => state !== 'none')
      .map((label) => ({ ...label, iou: bestIou(label, spans), onRoadSeconds: secondsOnRoad(label, spans) })),
    lids: judgedLids(labels, found),
    falseFindings: falseFindings(labels, found),
    closuresLookingDown: long.filter((span) => down.some((stretch) => overlap(span, stretch) > 0)),
    labelledSeconds: labels.reduce((sum, { start, end }) => sum + end - start, 0),
    unmeasuredSeconds: labels.reduce(
      (sum, label) => sum + unmeasured.reduce((within, span) => within + overlap(span, label), 0),
      0,
    ),
    seconds: found.seconds,
  };
}

/**
 * What touches no label of its kind. Phones, yawns and closures are judged in every clip: where one is, it is labelled, or
 * noted as unsure. Hands and heads only where labels say what hands do, or that nothing is.
 */
function falseFindings(labels: readonly Label[], { spans, events }: ClipFindings): FalseFinding[] {
  const of = (...states: readonly string[]): Label[] => labels.filter(({ state }) => states.includes(state));
  const [none, heads] = [of('none'), of('head_down', 'head_up', 'head_turned')];
  const touchesNone = (span: FoundSpan, those: readonly Pick<Label, 'start' | 'end'>[]): boolean =>
    !those.some((label) => overlap(span, label) > 0);
  const lasting = (...states: readonly string[]): FoundSpan[] =>
    spans.filter(({ state, start, end }) => states.includes(state) && end - start >= falseSeconds);
  const unsure = stretchesOf(unsureLids, labels);
  const judgesHands = of('none', 'hand_near_face', 'eyes_closed').length > 0;
  const named = (what: FalseFinding['what'], those: readonly { start: number; end: number }[]): FalseFinding[] =>
    those.map(({ start, end }) => ({ what, start, end }));
  const closed = [...of('eyes_closed'), ...unsure];
  return [
    ...named(
      'phone',
      spans.filter((span) => span.state === 'phone_in_hand' && touchesNone(span, of('phone_in_hand'))),
    ),
    ...named(
      'closure',
      lasting('eyes_closed').filter((span) => touchesNone(span, closed)),
    ),
    ...named(
      'yawn',
      events
        .filter(({ rule }) => rule === 'yawn')
        .filter((event) => touchesNone({ ...event, state: '' }, of('mouth_wide_open'))),
    ),
    ...named(
      'hand',
      judgesHands ? lasting('hand_near_face').filter((span) => touchesNone(span, of('hand_near_face'))) : [],
    ),
    ...named(
      'head',
      lasting('head_down', 'head_up', 'head_turned').filter(
        (span) => !touchesNone(span, none) && touchesNone(span, heads),
      ),
    ),
    ...named('no driver', of('no_face').length > 0 ? [] : events.filter(({ rule }) => rule === 'no_driver')),
  ];
}

function stretchesOf(
  table: Readonly<Record<string, readonly (readonly [start: number, end: number])[]>>,
  labels: readonly Label[],
): { start: number; end: number }[] {
  return (table[labels[0]?.file ?? ''] ?? []).map(([start, end]) => ({ start, end }));
}

function secondsOnRoad(label: Label, spans: readonly FoundSpan[]): number {
  return spans.filter(({ state }) => state === 'eyes_on_road').reduce((sum, span) => sum + overlap(span, label), 0);
}

function bestIou(label: Label, spans: readonly FoundSpan[]): number {
  const seconds = label.end - label.start;
  const each = spans
    .filter((span) => isOf(label.state, span))
    .map((span) => {
      const both = overlap(span, label);
      if (seconds < shortSeconds) return Number(both >= seconds / 3);
      return both / (span.end - span.start + seconds - both);
    });
  return Math.max(0, ...each);
}

/** A driver who is not in the picture is not measurable, for that reason; hidden eyes are for whatever reason. */
function isOf(state: string, span: FoundSpan): boolean {
  if (state === 'eyes_hidden') return span.state === 'not_measurable';
  return state === 'no_face' ? span.state === 'not_measurable' && span.reason === 'no_face' : span.state === state;
}

/** Mean IoU of the labels of one state over clips; undefined where none has the state. */
export function meanIou(scores: readonly ClipScore[], state: string): number | undefined {
  const all = scores.flatMap(({ labels }) => labels.filter((label) => label.state === state).map(({ iou }) => iou));
  return all.length === 0 ? undefined : all.reduce((sum, iou) => sum + iou, 0) / all.length;
}

/** Mean of the shares of both kinds that were taken for what they are. */
export function balancedAccuracy(results: readonly { readonly truth: boolean; readonly found: boolean }[]): number {
  const right = (kind: boolean): number => {
    const own = results.filter(({ truth }) => truth === kind);
    return own.length === 0 ? 0 : own.filter(({ found }) => found === kind).length / own.length;
  };
  return (right(true) + right(false)) / 2;
}

function overlap(a: { start: number; end: number }, b: { start: number; end: number }): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

/** How lids were: what was said of each frame of which it is known. */
export interface LidsJudged {
  readonly said: number;
  readonly so: boolean;
}

/** Reading error of labels: frames so near an edge are of neither side. Seconds. */
const edgeSeconds = 0.3;
/** Blinks are labelled nowhere: their frames are left out of stretches in which nothing else happens. Seconds. */
const blinkSeconds = 0.4;

/** Frames well within closures, and within stretches labelled `none` but for blinks; those not measurable say nothing. */
export function judgedLids(labels: readonly Label[], { lids, blinks }: ClipFindings): LidsJudged[] {
  return lids.flatMap(({ timeSeconds: at, down }): LidsJudged[] => {
    const label = labels.find(({ start, end }) => at >= start + edgeSeconds && at <= end - edgeSeconds);
    if (down === undefined) return [];
    if (label?.state === 'eyes_closed') return [{ said: down, so: true }];
    const isBlink = blinks.some((start) => at >= start - 0.15 && at <= start + blinkSeconds);
    return label?.state === 'none' && !isBlink ? [{ said: down, so: false }] : [];
  });
}

/** Mean distance between the chance that was said and the share that was so, over ten steps of the chance. */
export function calibrationError(judged: readonly LidsJudged[]): number {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, said: 0, so: 0 }));
  for (const { said, so } of judged) {
    const bin = bins[Math.min(9, Math.floor(said * 10))]!;
    bin.count += 1;
    bin.said += said;
    bin.so += Number(so);
  }
  return bins.reduce((sum, { said, so }) => sum + Math.abs(said - so), 0) / judged.length;
}

/** The middle 95 % of means over a thousand draws with putting back; the same ones each time. */
export function bootstrapInterval(values: readonly number[]): readonly [low: number, high: number] {
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const means = Array.from({ length: 1000 }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[Math.floor(next() * values.length)]!;
    return sum / values.length;
  }).toSorted((a, b) => a - b);
  return [means[25]!, means[974]!];
}
