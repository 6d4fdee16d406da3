import type { TextReading } from '../../../../core/measurement.ts';
import type { Span } from '../../../../core/slide.ts';
import { fingerprintDistance, type Fingerprint } from '../fingerprint.ts';
import { isInterfaceMessage } from '../interface-words.ts';
import type { ComparableView } from '../relation.ts';
import { compareInk, correlation, type InkChange } from './ink.ts';
import { compareLines, type PlacedLine, type ShareBox, type TextChange } from './lines.ts';

/** What is known of a state of the picture when it is decided which slide it shows. */
export interface MergeState {
  readonly id: number;
  /** When it is on screen, in order. */
  readonly spans: readonly Span[];
  readonly view: ComparableView;
  readonly fingerprint: Fingerprint;
  /** Undefined where text was not looked for. */
  readonly textState?: TextReading['state'];
  readonly lines: readonly PlacedLine[];
  /** Nothing moved in it. */
  readonly still: boolean;
  /** Its place among all states, in order of their first showing. */
  readonly position: number;
}

/** What is left out of comparisons, as it lies over the slides: captions, a ticker. */
export interface Overlay {
  readonly box: ShareBox;
}

/** What a model looks at to say whether two states are of one slide. Numbers without unit, most of them 0–1. */
export const evidenceNames = [
  'textBefore',
  'textAfter',
  'keptBefore',
  'keptAfter',
  'removed',
  'added',
  'changed',
  'numbersChanged',
  'resized',
  'moved',
  'lost',
  'drawn',
  'lostPixels',
  'differingPixels',
  'outsideText',
  'largest',
  'boxArea',
  'inMargin',
  'compared',
  'fingerprint',
  'correlation',
  'details',
  'gap',
  'next',
  'still',
  'explained',
  'patches',
  'specks',
  'alive',
  'shaky',
  'shorter',
] as const;
export type EvidenceName = (typeof evidenceNames)[number];
export type Evidence = Readonly<Record<EvidenceName, number>>;

export interface PairEvidence {
  readonly evidence: Evidence;
  readonly text: TextChange;
  readonly ink: InkChange;
}

/** How far a similarity may be from none to count as none. */
const sameScale = 0.04;

/** Collects the evidence of a pair; `before` is on screen first. */
export function pairEvidence(before: MergeState, after: MergeState, { overlay, template }: Surroundings): PairEvidence {
  const [a, b] = withoutTemplate(contentOf(before, overlay), contentOf(after, overlay), template);
  const text = compareLines(a, b);
  const marks = [before, after].flatMap(({ lines }) => lines.filter(isPageMark));
  const distance = fingerprintDistance(before.fingerprint, after.fingerprint);
  const ink = compareInk(
    before.view,
    after.view,
    [...a, ...b],
    [...marks.map(boxOf), ...(overlay ? [overlay.box] : [])],
    distance,
  );
  const { placement, total } = text;
  const resized = Math.abs(Math.log(placement.scale));
  const moved = resized > sameScale ? 0 : Math.hypot(placement.dx, placement.dy);
  const differing = ink.lost + ink.drawn;
  const pixels = before.view.plate.picture.data.length;
  const [left, top, right, bottom] = ink.box;
  const share = (part: number, of: number): number => (of === 0 ? 0 : Math.min(1, part / of));
  const gap = Math.max(
    0,
    after.spans[0]!.start - before.spans.findLast(({ start }) => start <= after.spans[0]!.start)!.end,
  );
  const evidence: Evidence = {
    textBefore: Math.min(1, total[0] / 200),
    textAfter: Math.min(1, total[1] / 200),
    keptBefore: share(text.kept, total[0]),
    keptAfter: share(text.kept, total[1]),
    removed: share(text.removed, total[0]),
    added: share(text.added, total[1]),
    changed: share(text.changed, Math.max(total[0], total[1])),
    numbersChanged: Math.min(3, text.numbersChanged) / 3,
    resized: Math.min(2, resized),
    moved: Math.min(1, moved),
    lost: share(ink.lost, ink.details[0] + 50),
    drawn: share(ink.drawn, ink.details[1] + 50),
    lostPixels: Math.min(1, ink.lost / 200),
    differingPixels: Math.min(1, differing / 200),
    outsideText: share(ink.outsideText, differing),
    largest: share(ink.largest, differing),
    boxArea: (right - left) * (bottom - top),
    inMargin: differing > 0 && (bottom <= 0.15 || top >= 0.85) ? 1 : 0,
    compared: ink.compared / pixels,
    fingerprint: Math.min(1, Math.max(0, distance - Math.abs(ink.light)) / 40),
    correlation: correlation(before.view, after.view, placement),
    details: Math.min(1, Math.min(...ink.details) / 4000),
    gap: Math.min(1, gap / 60),
    next: after.position - before.position === 1 ? 1 : 0,
    still: before.still && after.still ? 1 : 0,
    explained: share(ink.explained, ink.explained + differing),
    patches: Math.min(1, ink.patches / 40),
    specks: share(ink.specks, ink.patches),
    alive: ink.alive,
    shaky: before.view.shaky || after.view.shaky ? 1 : 0,
    shorter: Math.min(1, secondsOf(before) / 10, secondsOf(after) / 10),
  };
  return { evidence, text, ink };
}

const secondsOf = ({ spans }: MergeState): number => spans.reduce((sum, { start, end }) => sum + end - start, 0);

/** What all states of a recording have in common. */
export interface Surroundings {
  readonly overlay?: Overlay;
  /** Lines that stand on most pages: a banner, the event's name, a copyright. By `lineKey`. */
  readonly template: ReadonlySet<string>;
}

/** What is on so many states, and at least on so many, belongs to the template. */
const templateShare = 0.5;
const templateStates = 4;

/** The same words at the same place, the place to a tenth of the picture. */
export const lineKey = ({ text, x, y }: PlacedLine): string =>
  `${text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase()} ${Math.round(x * 10)} ${Math.round(y * 10)}`;

/** Finds what stands on most pages of a recording, and so tells none of them from the others. */
export function templateOf(states: readonly MergeState[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { lines } of states) {
    for (const key of new Set(lines.map(lineKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const least = Math.max(templateStates, templateShare * states.length);
  return new Set([...counts].filter(([, count]) => count >= least).map(([key]) => key));
}

/** Both without the template's lines, unless nothing else is left of one of them. */
function withoutTemplate(
  a: readonly PlacedLine[],
  b: readonly PlacedLine[],
  template: ReadonlySet<string>,
): readonly [readonly PlacedLine[], readonly PlacedLine[]] {
  const [own, other] = [a, b].map((lines) => lines.filter((line) => !template.has(lineKey(line))));
  return own!.length > 0 || other!.length > 0 ? [own!, other!] : [a, b];
}

/** The lines that say something: what lies over the slide and page numbers are left out. */
export function contentOf({ lines }: MergeState, overlay: Overlay | undefined): PlacedLine[] {
  return lines.filter(
    (line) => !isPageMark(line) && !isInterfaceMessage(line.text) && (!overlay || !isWithin(line, overlay.box)),
  );
}

/** Whether a line's middle is in a box. */
export function isWithin(line: PlacedLine, [left, top, right, bottom]: ShareBox): boolean {
  const [x, y] = [line.x + line.width / 2, line.y + line.height / 2];
  return x >= left && x <= right && y >= top && y <= bottom;
}

/** In this share of the height, above and below, a lone number is that of the page, or a clock. */
const marginShare = 0.1;

/** A page number, one of so many, or a time of day: they change without the slide. */
function isPageMark({ text, y, height }: PlacedLine): boolean {
  const middle = y + height / 2;
  const inMargin = middle <= marginShare || middle >= 1 - marginShare;
  return inMargin && /^\W*(?:\p{L}{1,6}\.?\s*)?\d{1,4}(?:\s*(?:\/|:|of|von|sur)\s*\d{1,4})*\W*$/iu.test(text);
}

const boxOf = ({ x, y, width, height }: PlacedLine): ShareBox => [
  x - 0.01,
  y - 0.01,
  x + width + 0.01,
  y + height + 0.01,
];
