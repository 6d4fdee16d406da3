import type { Observation } from '../../core/observation.ts';
import type { Plan, WindowRecord } from './events.ts';
import type { Speculation } from './asker.ts';

/** A series of milliseconds in a few words. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

export interface QuestionMetrics {
  readonly asked: number;
  readonly failed: number;
  readonly skipped: number;
  readonly fromCache: number;
  readonly fromSimilar: number;
  readonly retries: number;
  readonly tokensIn: number;
  /** Undefined where the server does not tell. */
  readonly tokensReused?: number;
  readonly tokensOut: number;
  readonly queueMs: Spread;
  readonly firstTokenMs: Spread;
  readonly answerMs: Spread;
}

export interface RunMetrics {
  readonly questions: Readonly<Record<string, QuestionMetrics>>;
  readonly windowLatencyMs: Spread;
  /** Windows by what was decided of them; `calm` by what was measured on the device. */
  readonly windows: Readonly<Record<'seen' | 'asked' | 'still' | 'calm' | 'similar', number>>;
  readonly plans: Readonly<Partial<Record<Plan, number>>>;
  readonly plan?: { readonly plan: Plan; readonly reason: string };
  /** Questions that may be under way at once, at the end. */
  readonly concurrency: number;
  /** Questions that were really under way at once: mean over the time in which any was, and most. */
  readonly lanesInUse: { readonly mean: number; readonly most: number };
  readonly speculation: Readonly<Speculation>;
}

/** Adds up what a run's observations cost. */
export class MetricsCollector {
  readonly #questions = new Map<string, QuestionSums>();
  readonly #latencies: number[] = [];
  readonly #plans: Partial<Record<Plan, number>> = {};
  readonly windows = { seen: 0, asked: 0, still: 0, calm: 0, similar: 0 };
  readonly #lanes = new LanesInUse();

  observation(observation: Observation): void {
    let sums = this.#questions.get(observation.question);
    if (!sums) this.#questions.set(observation.question, (sums = new QuestionSums()));
    sums.add(observation);
  }

  window(record: WindowRecord): void {
    if (record.idle) return;
    this.#latencies.push(record.latencyMs);
    this.#plans[record.plan] = (this.#plans[record.plan] ?? 0) + 1;
  }

  asking(startMs: number, endMs: number): void {
    this.#lanes.add(startMs, endMs);
  }

  summary(rest: {
    concurrency: number;
    speculation: Speculation;
    plan: { plan: Plan; reason: string } | undefined;
  }): RunMetrics {
    return {
      questions: Object.fromEntries([...this.#questions].map(([id, sums]) => [id, sums.summary()])),
      windowLatencyMs: spreadOf(this.#latencies),
      windows: { ...this.windows },
      plans: { ...this.#plans },
      ...(rest.plan ? { plan: rest.plan } : {}),
      concurrency: rest.concurrency,
      lanesInUse: this.#lanes.summary(),
      speculation: { ...rest.speculation },
    };
  }
}

class QuestionSums {
  readonly #queue: number[] = [];
  readonly #first: number[] = [];
  readonly #answer: number[] = [];
  #reused: number | undefined;
  readonly #sums = {
    asked: 0,
    failed: 0,
    skipped: 0,
    fromCache: 0,
    fromSimilar: 0,
    retries: 0,
    tokensIn: 0,
    tokensOut: 0,
  };

  add(observation: Observation): void {
    const sums = this.#sums;
    if (observation.state === 'failed') sums.failed += 1;
    if (observation.state === 'skipped') sums.skipped += 1;
    if (observation.state !== 'answered') return;
    if (observation.source === 'cache') sums.fromCache += 1;
    if (observation.source === 'similar') sums.fromSimilar += 1;
    if (observation.source !== 'model') return;
    const { cost } = observation;
    sums.asked += 1;
    sums.retries += Math.max(0, cost.attempts - 1);
    sums.tokensIn += cost.tokensIn ?? 0;
    sums.tokensOut += cost.tokensOut ?? 0;
    if (cost.tokensReused !== undefined) this.#reused = (this.#reused ?? 0) + cost.tokensReused;
    // A section of a combined answer after the first has no times of its own.
    if (cost.attempts === 0) return;
    this.#queue.push(cost.queueMs);
    this.#first.push(cost.firstTokenMs);
    this.#answer.push(cost.answerMs);
  }

  summary(): QuestionMetrics {
    return {
      ...this.#sums,
      ...(this.#reused === undefined ? {} : { tokensReused: this.#reused }),
      queueMs: spreadOf(this.#queue),
      firstTokenMs: spreadOf(this.#first),
      answerMs: spreadOf(this.#answer),
    };
  }
}

/** How many questions overlapped, from when each was under way. */
class LanesInUse {
  readonly #edges: { readonly at: number; readonly step: 1 | -1 }[] = [];

  add(startMs: number, endMs: number): void {
    this.#edges.push({ at: startMs, step: 1 }, { at: endMs, step: -1 });
  }

  summary(): { mean: number; most: number } {
    let now = 0;
    let most = 0;
    let busyMs = 0;
    let weighted = 0;
    let last = 0;
    for (const { at, step } of this.#edges.sort((a, b) => a.at - b.at || a.step - b.step)) {
      if (now > 0) {
        busyMs += at - last;
        weighted += now * (at - last);
      }
      now += step;
      most = Math.max(most, now);
      last = at;
    }
    return { mean: busyMs === 0 ? 0 : Math.round((weighted / busyMs) * 100) / 100, most };
  }
}

function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) return { mean: 0, p50: 0, p95: 0, most: 0 };
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  const mean = Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  return { mean, p50: at(0.5), p95: at(0.95), most: at(1) };
}
