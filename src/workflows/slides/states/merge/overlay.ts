import type { MergeState, Overlay } from './evidence.ts';
import { compareInk } from './ink.ts';
import type { ShareBox } from './lines.ts';

/** Something that is exchanged so often, while all around stays, lies over the slides. */
const leastTimes = 3;

/** It takes at most this share of the picture's height, at its upper or lower edge. */
const bandHeight = 0.3;

/** How much of a band must be common to two changes for them to be of the same thing. */
const common = 0.3;

type Box = ShareBox;

/**
 * Finds a band at the upper or lower edge in which text is exchanged again and again while the rest of the picture stays:
 * live captions, a ticker. It is looked for over the whole recording, so that its first seconds are judged as its last.
 *
 * @param states in order of time
 */
export function findOverlay(states: readonly MergeState[]): Overlay | undefined {
  const bands: Box[] = [];
  for (const [index, after] of states.entries()) {
    const before = states[index - 1];
    if (!before) continue;
    const ink = compareInk(before.view, after.view, []);
    const [, top, , bottom] = ink.box;
    const exchanged = ink.lost > 20 && ink.drawn > 0;
    if (exchanged && (top >= 1 - bandHeight || bottom <= bandHeight)) bands.push(ink.box);
  }
  let best: Box[] = [];
  for (const band of bands) {
    const alike = bands.filter((other) => overlapOf(band, other) >= common);
    if (alike.length > best.length) best = alike;
  }
  if (best.length < leastTimes) return undefined;
  // A page's own footer changes with the page, a caption several times on one.
  if (best.length < 0.3 * (states.length - 1)) return undefined;
  const box: Box = [
    Math.max(0, Math.min(...best.map(([left]) => left)) - 0.03),
    Math.max(0, Math.min(...best.map(([, top]) => top)) - 0.03),
    Math.min(1, Math.max(...best.map(([, , right]) => right)) + 0.03),
    Math.min(1, Math.max(...best.map(([, , , bottom]) => bottom)) + 0.03),
  ];
  return { box };
}

/** Of the smaller one's height and width, the share that lies in the other. */
function overlapOf(a: Box, b: Box): number {
  const along = (from: number, to: number): number => {
    const shared = Math.min(a[to]!, b[to]!) - Math.max(a[from]!, b[from]!);
    return Math.max(0, shared) / Math.max(1e-6, Math.min(a[to]! - a[from]!, b[to]! - b[from]!));
  };
  return Math.min(along(0, 2), along(1, 3));
}
