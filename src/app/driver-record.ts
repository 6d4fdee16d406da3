import type { Observation } from '../core/observation.ts';
import type { RunRecord } from '../core/run.ts';
import type { Activity } from '../engine/questions/events.ts';
import type { RunMetrics } from '../engine/questions/metrics.ts';
import type { Stopwatch } from '../engine/stopwatch.ts';

/** `run.json` of a workflow that asks questions. */
export interface QuestionsRecord extends RunRecord {
  readonly key: string;
  readonly metrics?: RunMetrics;
}

/** What `run.json` says of a run that has asked everything. */
export function resultsOf({
  metrics: { windows },
  observations,
  decode,
  warnings: measuring,
}: {
  readonly metrics: RunMetrics;
  readonly observations: readonly Observation[];
  readonly decode: NonNullable<RunRecord['decode']>;
  /** What was said of measuring, which has looked at the whole video already. */
  readonly warnings: readonly string[];
}): Pick<RunRecord, 'counts' | 'warnings'> & { readonly cost: Omit<RunRecord['cost'], 'cpuMs' | 'peakMemoryMb'> } {
  const states = Object.groupBy(observations, ({ state }) => state);
  const sum = (of: (observation: Extract<Observation, { state: 'answered' }>) => number) =>
    observations.reduce((total, one) => total + (one.state === 'answered' ? of(one) : 0), 0);
  const warnings = [...measuring];
  if (decode.truncated && measuring.length === 0) {
    warnings.push('The video ended before the time its container gives.');
  }
  const failed = states.failed?.length ?? 0;
  if (failed > 0)
    warnings.push(`${failed} of ${observations.length} questions have no answer; see observations.jsonl.`);
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

/** Asking is the server's work, encoding the decoding process'; waiting is for a free slot. */
export function countActivity(watch: Stopwatch, { stage, startMs, endMs }: Activity): void {
  const ms = endMs - startMs;
  const waits = stage === 'wait' || stage === 'decode' || stage === 'encode';
  const name = { decode: 'frames', encode: 'JPEG of windows', wait: 'free slots', ask: 'ask', write: 'write' }[stage];
  watch.add(name, stage === 'ask' ? 'server' : 'here', ms, waits ? ms : 0);
}
