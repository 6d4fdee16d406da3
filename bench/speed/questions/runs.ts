import { join } from 'node:path';
import { openModel } from '../../../src/llm/open.ts';
import { openVideo } from '../../../src/media/open-video.ts';
import { askQuestions } from '../../../src/engine/questions/run.ts';
import type { Aim, Plan } from '../../../src/engine/questions/events.ts';
import { AnswerCacheFolder } from '../../../src/store/answer-cache.ts';
import { identifySource } from '../../../src/store/source-identity.ts';
import { RunFolder } from '../../../src/store/run-folder.ts';
import { ObservationStore } from '../../../src/store/observations.ts';
import { driver } from '../../../src/workflows/driver/workflow.ts';
import { measuredCost, questionTokenMs, tokensOf } from '../../simulated-server/cost.ts';
import type { Served } from '../../simulated-server/server.ts';
import type { Result } from './bars.ts';
import type { ServerProcess } from './server-process.ts';

export interface RunOptions {
  readonly slots: number;
  readonly plan: Plan | 'auto';
  readonly windows: number;
  readonly folder: string;
  readonly aim?: Aim;
  readonly speculate?: boolean;
  readonly cache?: boolean;
  readonly adaptive?: boolean;
  readonly similar?: number;
  readonly door?: 'ollama' | 'openai';
  readonly name?: string;
}

let runs = 0;

export async function runPlan(server: ServerProcess, video: string, options: RunOptions): Promise<Result> {
  const { slots, plan, windows, aim = 'throughput' } = options;
  await server.forget();
  const { signal } = new AbortController();
  const cache = options.cache ? { cache: new AnswerCacheFolder(join(options.folder, 'cache')) } : {};
  await using model = await openModel(server[options.door ?? 'openai'], { images: 4, ...cache });
  await using source = await openVideo(video, { signal });
  await using run = await RunFolder.open(join(options.folder, `run-${(runs += 1)}`), {
    source: await identifySource(video),
    workflow: 'driver',
  });
  await using store = await ObservationStore.open(run);
  const { adaptive } = driver.sample;
  const workflow = { ...driver, sample: { ...driver.sample, adaptive: options.adaptive ? adaptive : undefined } };
  const began = performance.now();
  const latencies: number[] = [];
  const ends: number[] = [];
  const { metrics } = await askQuestions(source, workflow, model, store, {
    plan,
    aim,
    ...(options.speculate === undefined ? {} : { speculate: options.speculate }),
    ...(options.similar === undefined ? {} : { similar: { distance: options.similar, maxInARow: 3 } }),
    encode: { quality: 85, longestSide: 672 },
    untilSeconds: windows * 2,
    signal,
    emit: (event) => {
      if (event.type !== 'window' || event.record.idle) return;
      latencies.push(event.record.latencyMs);
      ends.push(performance.now());
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const served = await server.served();
  const perWindow = slotMsPerWindow(served);
  const figures: Record<string, number | string> = {
    windowsPerSecond: round(windows / seconds),
    ofWhatSlotsGive: round(windows / seconds / ((slots * 1000) / (idealSlotMs() / server.speed))),
    ofWhatSlotsGiveSettled: round(settledRate(served, slots) / ((slots * 1000) / (idealSlotMs() / server.speed))),
    asked: served.length,
    reusedShare: round(
      served.reduce((sum, s) => sum + s.tokensReused, 0) /
        Math.max(
          1,
          served.reduce((sum, s) => sum + s.tokensIn, 0),
        ),
    ),
    lanesInUse: metrics.lanesInUse.mean,
    concurrency: metrics.concurrency,
    seconds: round(seconds),
  };
  // The second half of a run: plans are tried in the first.
  const half = Math.floor(ends.length / 2);
  const late = latencies.slice(half);
  figures['lateWindowsPerSecond'] = round(((ends.length - 1 - half) / (ends.at(-1)! - ends[half]!)) * 1000);
  figures['lateLatencyMs'] = round(late.reduce((sum, ms) => sum + ms, 0) / late.length);
  if (metrics.plan) figures['picked'] = metrics.plan.plan;
  if (aim === 'latency') {
    // The first window also opens the connections; speculation has nothing to guess from yet.
    const settled = latencies.slice(1);
    const latencyMs = settled.reduce((sum, ms) => sum + ms, 0) / settled.length;
    const least = minMs(served, slots, Boolean(options.speculate));
    figures['latencyMs'] = round(latencyMs);
    figures['criticalPathMs'] = round(least.path);
    figures['overCriticalPath'] = round(latencyMs / least.path);
    figures['minOnSlotsMs'] = round(least.onSlots);
    figures['overLeastOnSlots'] = round(latencyMs / least.onSlots);
    figures['speculationHeld'] = `${metrics.speculation.held}/${metrics.speculation.asked}`;
  }
  figures['slotMsPerWindow'] = round(perWindow);
  const name =
    options.name ?? (aim === 'latency' ? `one window, ${plan}${options.speculate ? ', speculation' : ''}` : plan);
  return { name, slots, figures };
}

/** Windows a second without the answers of each slot's first four windows and its last one: a run's start and end. */
function settledRate(served: readonly Served[], slots: number): number {
  const ends = served.filter(({ outcome }) => outcome === 'answered').map(({ endedAt }) => endedAt);
  ends.sort((a, b) => a - b);
  const perRound = slots * driver.questions.length;
  const [from, to] = [ends[4 * perRound], ends[ends.length - 1 - perRound]];
  if (from === undefined || to === undefined || to <= from) return NaN;
  return (ends.length - 1 - 5 * perRound) / driver.questions.length / ((to - from) / 1000);
}

/** Slot time of one window at best, at speed 1: the pictures once, then each question on the prefix. */
export function idealSlotMs(): number {
  const images = 4 * (measuredCost.imageMs + measuredCost.tokensPerImage * measuredCost.promptTokenMs);
  // The system text stays in the slot from window to window.
  const questions = driver.questions.reduce(
    (sum, { ask, given }) => sum + tokensOf(`${given ?? ''}${ask}`) * questionTokenMs + 60 * measuredCost.answerTokenMs,
    0,
  );
  return images + questions;
}

const slotMsPerWindow = (served: readonly Served[]) =>
  served.reduce((sum, { serviceMs }) => sum + serviceMs, 0) / Math.max(1, served.length / driver.questions.length);

/**
 * What one window cannot be faster than, by what the server charged (means over the questions of one kind): the longest
 * way through its questions with any number of slots, and the best order on so many slots.
 */
function minMs(served: readonly Served[], slots: number, speculated: boolean) {
  const answered = served.filter(({ outcome }) => outcome === 'answered');
  const kindOf = (prompt: string) => driver.questions.find(({ ask }) => prompt.endsWith(ask))?.id ?? '';
  const times = new Map<string, number>();
  for (const { id } of driver.questions) {
    const each = answered.filter(({ prompt }) => kindOf(prompt) === id).map(({ serviceMs }) => serviceMs);
    times.set(id, each.reduce((sum, ms) => sum + ms, 0) / each.length);
  }
  const needsOf = (id: string) => (speculated ? [] : (driver.questions.find((one) => one.id === id)?.needs ?? []));
  const ids = driver.questions.map(({ id }) => id);
  return {
    path: bestEnd(ids, ids.length, times, needsOf),
    onSlots: bestEnd(ids, slots, times, needsOf),
  };
}

/** The earliest end over every order of asking, each question on the slot that is free first. */
function bestEnd(
  ids: readonly string[],
  slots: number,
  times: ReadonlyMap<string, number>,
  needsOf: (id: string) => readonly string[],
): number {
  const search = (left: readonly string[], free: readonly number[], ends: ReadonlyMap<string, number>): number => {
    if (left.length === 0) return Math.max(...ends.values());
    let best = Infinity;
    for (const id of left) {
      const needed = needsOf(id).map((name) => ends.get(name));
      if (needed.includes(undefined)) continue;
      const slot = free.indexOf(Math.min(...free));
      const end = Math.max(free[slot] ?? 0, ...needed.map((at) => at ?? 0)) + (times.get(id) ?? 0);
      const rest = left.filter((other) => other !== id);
      best = Math.min(best, search(rest, free.with(slot, end), new Map([...ends, [id, end]])));
    }
    return best;
  };
  return search(
    ids,
    Array.from({ length: slots }, () => 0),
    new Map(),
  );
}

const round = (value: number) => Math.round(value * 1000) / 1000;
