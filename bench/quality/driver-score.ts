import type { DriverSpan } from '../../src/core/driver-state.ts';

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
}

/** Stretches in which open eyes look down, read off crops of the eyes, ± 0.1 s. */
const lookingDown: Readonly<Record<string, readonly (readonly [start: number, end: number])[]>> = {
  'incar_yawdd_woman7_yawn_talk.avi': [
    [0.8, 2.1],
    [4.2, 6.4],
    [18.8, 19.7],
  ],
};

export interface ClipScore {
  readonly labels: readonly LabelScore[];
  /** `eyes_closed` spans that touch no eyes-closed label, in a clip labelled `none` or for eyes closed. */
  readonly falseClosures: readonly FoundSpan[];
  /** `eyes_closed` spans of that length in stretches in which the eyes look down. */
  readonly closuresLookingDown: readonly FoundSpan[];
  readonly labelledSeconds: number;
  /** Of these, what the program itself called not measurable. */
  readonly unmeasuredSeconds: number;
}

export type FoundSpan = Pick<DriverSpan, 'start' | 'end'> & { readonly state: string };

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

export function scoreClip(labels: readonly Label[], spans: readonly FoundSpan[]): ClipScore {
  const judged = labels.some(({ state }) => state === 'none' || state === 'eyes_closed');
  const closures = labels.filter(({ state }) => state.startsWith('eyes_closed'));
  const unmeasured = spans.filter(({ state }) => state === 'not_measurable');
  const long = spans.filter(({ state, start, end }) => state === 'eyes_closed' && end - start >= falseSeconds);
  const down = (lookingDown[labels[0]?.file ?? ''] ?? []).map(([start, end]) => ({ start, end }));
  return {
    labels: labels.filter(({ state }) => state !== 'none').map((label) => ({ ...label, iou: bestIou(label, spans) })),
    falseClosures: long.filter((span) => judged && !closures.some((label) => overlap(span, label) > 0)),
    closuresLookingDown: long.filter((span) => down.some((stretch) => overlap(span, stretch) > 0)),
    labelledSeconds: labels.reduce((sum, { start, end }) => sum + end - start, 0),
    unmeasuredSeconds: labels.reduce(
      (sum, label) => sum + unmeasured.reduce((within, span) => within + overlap(span, label), 0),
      0,
    ),
  };
}

function bestIou(label: Label, spans: readonly FoundSpan[]): number {
  const seconds = label.end - label.start;
  const each = spans
    .filter(({ state }) => state === label.state)
    .map((span) => {
      const both = overlap(span, label);
      if (seconds < shortSeconds) return Number(both >= seconds / 3);
      return both / (span.end - span.start + seconds - both);
    });
  return Math.max(0, ...each);
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
