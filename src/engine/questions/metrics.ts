import type { Observation, ObservationCost, WindowDecision } from '../../core/observation.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import type { Plan, WindowRecord } from './events.ts';
import type { Speculation } from './asker.ts';
import { defined } from '../../core/defined.ts';

/** A series of milliseconds in a few words. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

/** Each answer that was given counts, also one that another replaces (a plan that was tried, a failure asked again). */
export interface QuestionMetrics {
  /** Answered by the model. */
  readonly asked: number;
  readonly failed: number;
  readonly skipped: number;
  readonly fromCache: number;
  readonly fromSimilar: number;
  /** Requests beyond the first for an answer, failed answers included. */
  readonly retries: number;
  /** Of all requests for it. */
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
  /**
   * Windows by what was decided of them; `calm` by what was measured on the device, `short` for want of frames.
   * `seen` is the sum of the others.
   */
  readonly windows: Readonly<Record<'seen' | 'asked' | 'still' | 'calm' | 'similar' | 'short', number>>;
  readonly plans: Readonly<Partial<Record<Plan, number>>>;
  readonly plan?: { readonly plan: Plan; readonly reason: string };
  /** Requests that this run made, whatever became of them: failed ones, guesses that were given up, verification. */
  readonly requests: { readonly made: number; readonly tokensIn: number; readonly tokensOut: number };
  /** Of these, those that the questions' answers and failures are made of (the sum of their costs). */
  readonly requestsOfAnswers: { readonly made: number; readonly tokensIn: number; readonly tokensOut: number };
  /** Answers from the cache, of those that were asked for or found in it; undefined where there were none. */
  readonly cacheHitRate?: number;
  /**
   * Tokens, in and out, that were not spent: what cached answers had taken, what windows that were not asked would have
   * taken by the mean of those that were, and, still counted in `requests`, what the server had of prompts already.
   */
  readonly saved: Readonly<Record<'cache' | 'similar' | 'still' | 'calm' | 'prefix', number>>;
  /** Requests that could be under way at once: at the end, and at most. */
  readonly concurrency: number;
  readonly maxConcurrency: number;
  /** Requests that were really under way at once: mean over the time in which any was, and most. */
  readonly lanesInUse: { readonly mean: number; readonly most: number };
  readonly speculation: Readonly<Speculation>;
}

/** Adds up what a run's observations cost. */
export class MetricsCollector {
  readonly #questions = new Map<string, QuestionSums>();
  readonly #latencies: number[] = [];
  readonly #plans: Partial<Record<Plan, number>> = {};
  readonly #windows = { seen: 0, asked: 0, still: 0, calm: 0, similar: 0, short: 0 };
  readonly #lanes = new LanesInUse();
  readonly #model: Pick<VisionLanguageModel, 'spent' | 'concurrency'>;
  readonly #spentBefore: VisionLanguageModel['spent'];
  readonly #ofAnswers = { made: 0, tokensIn: 0, tokensOut: 0 };
  /** Tokens that answers from the cache had taken. */
  #fromCache = 0;
  /** Windows that were asked, and what all their answers took or had taken. */
  readonly #whole = { windows: 0, tokens: 0 };
  #maxConcurrency: number;

  constructor(model: Pick<VisionLanguageModel, 'spent' | 'concurrency'>) {
    this.#model = model;
    this.#spentBefore = model.spent;
    this.#maxConcurrency = model.concurrency;
  }

  decision({ asked, rule }: WindowDecision): void {
    this.#windows.seen += 1;
    if (asked) this.#windows.asked += 1;
    else if (rule === 'still' || rule === 'calm' || rule === 'similar' || rule === 'short') this.#windows[rule] += 1;
  }

  /** `spent`: what was spent on it now. */
  observation(observation: Observation, spent?: ObservationCost): void {
    let sums = this.#questions.get(observation.question);
    if (!sums) this.#questions.set(observation.question, (sums = new QuestionSums()));
    sums.add(observation, spent);
    this.#fromCache += spent?.tokensSaved ?? 0;
    this.#ofAnswers.made += spent?.attempts ?? 0;
    this.#ofAnswers.tokensIn += spent?.tokensIn ?? 0;
    this.#ofAnswers.tokensOut += spent?.tokensOut ?? 0;
  }

  #saved(): Omit<RunMetrics['saved'], 'prefix'> {
    const { similar, still, calm } = this.#windows;
    const { windows, tokens } = this.#whole;
    const mean = windows === 0 ? 0 : tokens / windows;
    const of = (count: number): number => Math.round(count * mean);
    return { cache: this.#fromCache, similar: of(similar), still: of(still), calm: of(calm) };
  }

  /** How many requests may be under way at once from now on. */
  concurrency(limit: number): void {
    this.#maxConcurrency = Math.max(this.#maxConcurrency, limit);
  }

  window(record: WindowRecord): void {
    if (record.idle) return;
    const costs = record.observations.map((one) => ('cost' in one ? one.cost : undefined));
    this.#whole.windows += 1;
    for (const { tokensIn = 0, tokensOut = 0, tokensSaved = 0 } of costs.filter((cost) => cost !== undefined)) {
      this.#whole.tokens += tokensIn + tokensOut + tokensSaved;
    }
    this.#latencies.push(record.latencyMs);
    this.#plans[record.plan] = (this.#plans[record.plan] ?? 0) + 1;
  }

  asking(startMs: number, endMs: number): void {
    this.#lanes.add(startMs, endMs);
  }

  summary(rest: { speculation: Speculation; plan: { plan: Plan; reason: string } | undefined }): RunMetrics {
    const questions = [...this.#questions].map(([id, sums]) => [id, sums.summary()] as const);
    const fromCache = questions.reduce((sum, [, one]) => sum + one.fromCache, 0);
    const looked = questions.reduce((sum, [, one]) => sum + one.fromCache + one.asked + one.failed, 0);
    const { requests, tokensIn, tokensOut } = this.#model.spent;
    const prefix = questions.reduce((sum, [, one]) => sum + (one.tokensReused ?? 0), 0);
    return {
      saved: { ...this.#saved(), prefix },
      questions: Object.fromEntries(questions),
      windowLatencyMs: spreadOf(this.#latencies),
      windows: { ...this.#windows },
      plans: { ...this.#plans },
      ...(rest.plan ? { plan: rest.plan } : {}),
      requests: {
        made: requests - this.#spentBefore.requests,
        tokensIn: tokensIn - this.#spentBefore.tokensIn,
        tokensOut: tokensOut - this.#spentBefore.tokensOut,
      },
      requestsOfAnswers: { ...this.#ofAnswers },
      ...(looked === 0 ? {} : { cacheHitRate: Math.round((fromCache / looked) * 1000) / 1000 }),
      concurrency: this.#model.concurrency,
      maxConcurrency: this.#maxConcurrency,
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

  add(observation: Observation, spent: ObservationCost | undefined): void {
    const sums = this.#sums;
    if (observation.state === 'failed') sums.failed += 1;
    if (observation.state === 'skipped') sums.skipped += 1;
    if (observation.state === 'answered') {
      const { source } = observation;
      sums[source === 'cache' ? 'fromCache' : source === 'similar' ? 'fromSimilar' : 'asked'] += 1;
    }
    // A section of a combined answer after the first has no cost of its own.
    if (!spent || spent.attempts === 0) return;
    sums.retries += spent.attempts - 1;
    sums.tokensIn += spent.tokensIn ?? 0;
    sums.tokensOut += spent.tokensOut ?? 0;
    if (spent.tokensReused !== undefined) this.#reused = (this.#reused ?? 0) + spent.tokensReused;
    if (observation.state !== 'answered') return;
    this.#queue.push(spent.queueMs);
    this.#first.push(spent.firstTokenMs);
    this.#answer.push(spent.answerMs);
  }

  summary(): QuestionMetrics {
    return {
      ...this.#sums,
      ...defined({ tokensReused: this.#reused }),
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
