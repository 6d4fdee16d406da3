import type { Observation } from '../../core/observation.ts';
import type { DecodeReport } from '../../core/video.ts';
import type { RunResults } from '../../engine/lifecycle/workflow.ts';
import type { Activity } from '../../engine/questions/events.ts';
import type { RunMetrics } from '../../engine/questions/metrics.ts';
import type { Stopwatch } from '../../engine/stopwatch.ts';

/** What `run.json` says of a run that has asked everything. */
export function resultsOf(
  { windows }: RunMetrics,
  observations: readonly Observation[],
  decode: DecodeReport,
): Pick<RunResults, 'counts' | 'cost' | 'warnings'> {
  const states = Object.groupBy(observations, ({ state }) => state);
  const sum = (of: (observation: Extract<Observation, { state: 'answered' }>) => number) =>
    observations.reduce((total, one) => total + (one.state === 'answered' ? of(one) : 0), 0);
  const failed = states.failed?.length ?? 0;
  const warnings = [
    ...(decode.truncated ? ['The video ended before the time its container gives.'] : []),
    ...(failed > 0 ? [missing(failed, observations.length)] : []),
  ];
  return {
    counts: {
      windows: windows.seen,
      windowsAsked: windows.asked,
      answered: states.answered?.length ?? 0,
      failed,
      skipped: states.skipped?.length ?? 0,
    },
    cost: {
      modelCalls: sum(({ cost }) => cost.attempts),
      tokensIn: sum(({ cost }) => cost.tokensIn ?? 0),
      tokensOut: sum(({ cost }) => cost.tokensOut ?? 0),
    },
    warnings,
  };
}

const missing = (failed: number, all: number): string =>
  `${failed} of ${all} questions have no answer; observations.jsonl says why. Run the same command again to ask just these.`;

/** Asking is the server's work, encoding the decoding process'; waiting is for a free slot. */
export function countActivity(watch: Stopwatch, { stage, startMs, endMs }: Activity): void {
  const ms = endMs - startMs;
  const waits = stage === 'wait' || stage === 'decode' || stage === 'encode';
  const name = { decode: 'frames', encode: 'JPEG of windows', wait: 'free slots', ask: 'ask', write: 'write' }[stage];
  watch.add(name, stage === 'ask' ? 'server' : 'here', ms, waits ? ms : 0);
}
