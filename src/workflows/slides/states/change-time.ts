import type { Glimpse } from '../../../core/frame.ts';

/** When one picture gave way to another. Seconds from the first frame. */
export interface ChangeTime {
  /** Where the old picture was last whole. */
  readonly oldEnds: number;
  /** Where the new picture is whole. Equal to `oldEnds` for a cut. */
  readonly newBegins: number;
}

/** Levels a point must differ between the old and the new picture to bear witness. */
const witnessLevels = 16;

/** Fewer witnesses than this say nothing. */
const fewestWitnesses = 6;

/** Share of the way from old to new at which a fade has begun, and at which it is over. */
const begun = 0.12;
const over = 0.88;

/** Share of the way that is gone from one frame to the next in a cut; the rest may be a pointer that moved as well. */
const cutShare = 0.45;

/**
 * Finds the change between two sampled frames by the glimpses of the frames in between: exact to the decoded frame.
 *
 * @param glimpses in time order; the first is of the last sample that showed the old picture, the last one of the first
 *   sample that showed the new one
 * @returns undefined where too few points changed to tell
 */
export function findChangeTime(glimpses: readonly Glimpse[]): ChangeTime | undefined {
  const before = glimpses[0];
  const after = glimpses.at(-1);
  if (!before || !after || glimpses.length < 2) return undefined;
  const witnesses: number[] = [];
  for (let at = 0; at < before.points.length; at += 1) {
    if (Math.abs(before.points[at]! - after.points[at]!) >= witnessLevels) witnesses.push(at);
  }
  if (witnesses.length < fewestWitnesses) return undefined;
  const progress = glimpses.map(({ points }) => {
    const shares = witnesses.map((at) => (points[at]! - before.points[at]!) / (after.points[at]! - before.points[at]!));
    return shares.reduce((sum, share) => sum + Math.min(1, Math.max(0, share)), 0) / shares.length;
  });
  const jumps = progress.map((share, index) => share - (progress[index - 1] ?? share));
  const cut = jumps.indexOf(Math.max(...jumps));
  if (jumps[cut]! >= cutShare) {
    const at = glimpses[cut]!.timeSeconds;
    return { oldEnds: at, newBegins: at };
  }
  const lastOld = progress.findLastIndex(
    (share, index) => index === 0 || (share < begun && index < glimpses.length - 1),
  );
  const firstNew = progress.findIndex((share, index) => index > lastOld && share > over);
  // The old picture stays on screen until the next frame replaces it.
  const oldEnds = glimpses[lastOld + 1]!.timeSeconds;
  return { oldEnds, newBegins: Math.max(oldEnds, (glimpses[firstNew] ?? after).timeSeconds) };
}
