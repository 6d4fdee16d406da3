import type { AskVideoEvent } from '../app/driver.ts';
import { clock } from '../core/words.ts';
import type { Progress } from './progress.ts';

/**
 * How far a run is that measures and asks side by side, for each of its events that says so: measuring, with a note of
 * how far the answers are, until all is measured; then asking. Where nothing is measured, nothing: answers are told as
 * they come.
 *
 * @param until where the run ends, seconds, if not at the end of the video
 */
export function besideProgress(until = Infinity): (event: AskVideoEvent) => Progress | undefined {
  let ofSeconds = Infinity;
  let asked = 0;
  let measured = false;
  return (event) => {
    if (event.type === 'started') ofSeconds = Math.min(until, event.video.durationSeconds ?? Infinity);
    if (event.type === 'all-measured') measured = true;
    if (event.type === 'window') asked = event.record.span.end;
    if (event.type === 'measuring') return { ...event, note: asked > 0 ? `answers up to ${clock(asked)}` : '' };
    if (!measured || (event.type !== 'window' && event.type !== 'all-measured')) return undefined;
    return { stage: 'ask', seconds: asked, ...(ofSeconds < Infinity ? { ofSeconds } : {}) };
  };
}
