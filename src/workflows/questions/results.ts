import { openQuestions, type Observation, type ObservationCost } from '../../core/observation.ts';
import type { Price, RunCost } from '../../core/run.ts';
import { defined } from '../../core/defined.ts';
import type { DecodeReport } from '../../core/video.ts';
import type { RunResults } from '../../engine/lifecycle/workflow.ts';
import type { Activity } from '../../engine/questions/events.ts';
import type { RunMetrics } from '../../engine/questions/metrics.ts';
import type { Stopwatch } from '../../engine/stopwatch.ts';

/** What `run.json` says of a run that has asked everything. */
export function resultsOf(
  { windows, requests, requestsOfAnswers }: RunMetrics,
  observations: readonly Observation[],
  decode: DecodeReport,
  earlier: Omit<RunCost, 'cpuMs' | 'peakMemoryMb'> | undefined,
  price?: Price,
): Pick<RunResults, 'counts' | 'cost' | 'warnings' | 'shown'> {
  const states = Object.groupBy(observations, ({ state }) => state);
  const sum = (of: (cost: ObservationCost) => number) =>
    observations.reduce((total, one) => total + ('cost' in one && one.cost ? of(one.cost) : 0), 0);
  const before = (of: (cost: ObservationCost) => number, now: number, recorded = 0): number =>
    Math.max(sum(of) - now, recorded);
  const failed = states.failed?.length ?? 0;
  const overBudget = observations
    .filter((one) => one.state === 'failed')
    .filter(({ error }) => error.kind === 'budget');
  const others = failed - overBudget.length;
  const warnings = [
    ...(decode.truncated ? ['The video ended before the time its container gives.'] : []),
    ...(others > 0 ? [missing(others, observations.length, openCount(observations) - overBudget.length)] : []),
    ...overBudget.slice(0, 1).map(({ error }) => unasked(overBudget.length, error.message)),
  ];
  return {
    counts: {
      windows: windows.seen,
      windowsAsked: windows.asked,
      answered: states.answered?.length ?? 0,
      failed,
      skipped: states.skipped?.length ?? 0,
      ...(overBudget.length > 0 ? { overBudget: overBudget.length } : {}),
    },
    // Of an interrupted part of the run its observations tell, of one that came to its end its record; of this part also
    // what no observation came of.
    cost: {
      modelCalls: requests.made + before(({ attempts }) => attempts, requestsOfAnswers.made, earlier?.modelCalls),
      tokensIn:
        requests.tokensIn + before(({ tokensIn = 0 }) => tokensIn, requestsOfAnswers.tokensIn, earlier?.tokensIn),
      tokensOut:
        requests.tokensOut + before(({ tokensOut = 0 }) => tokensOut, requestsOfAnswers.tokensOut, earlier?.tokensOut),
      ...defined({ price }),
    },
    shown: observations.flatMap((one) => (wasAsked(one) ? one.frames.map(({ timeSeconds }) => timeSeconds) : [])),
    warnings,
  };
}

const unasked = (count: number, why: string): string =>
  `${count} questions were not asked: ${why.replace(/^.*?: /, '')}. Run the same command with a larger budget to ask just these.`;

/** What an earlier part of the run has spent: of one that was killed its observations tell. */
export function spentBefore(
  windows: ReadonlyMap<number, ReadonlyMap<string, Observation>>,
  recorded: Pick<RunCost, 'tokensIn' | 'tokensOut'> | undefined,
): Pick<RunCost, 'tokensIn' | 'tokensOut'> {
  const all = [...windows.values()].flatMap((window) => [...window.values()]);
  const sum = (name: 'tokensIn' | 'tokensOut'): number =>
    all.reduce((total, one) => total + (('cost' in one && one.cost?.[name]) || 0), 0);
  return {
    tokensIn: Math.max(sum('tokensIn'), recorded?.tokensIn ?? 0),
    tokensOut: Math.max(sum('tokensOut'), recorded?.tokensOut ?? 0),
  };
}

/** Whether the model was shown its frames: else its answer is another one's, or it has none. */
const wasAsked = (one: Observation): boolean =>
  (one.state === 'failed' && one.error.kind !== 'budget') || (one.state === 'answered' && one.source === 'model');

function missing(failed: number, all: number, open: number): string {
  const again =
    open > 0 ? ` Run the same command again to ask ${open === failed ? 'just these' : `${open} of them`}.` : '';
  return `${failed} of ${all} questions have no answer; observations.jsonl says why.${again}`;
}

/** Questions that failed for something that passes, or wait for one of those: worth asking again. */
export function openCount(observations: readonly Observation[]): number {
  const windows = Map.groupBy(observations, ({ window }) => window);
  return [...windows.values()].reduce((sum, window) => sum + openQuestions(window).size, 0);
}

/** Asking is the server's work, encoding the decoding process'; waiting is for a free slot. */
export function countActivity(watch: Stopwatch, { stage, startMs, endMs }: Activity): void {
  const ms = endMs - startMs;
  const waits = stage === 'wait' || stage === 'decode' || stage === 'encode';
  const name = { decode: 'frames', encode: 'JPEG of windows', wait: 'free slots', ask: 'ask', write: 'write' }[stage];
  watch.add(name, stage === 'ask' ? 'server' : 'here', ms, waits ? ms : 0);
}
