import type { Aim, Plan, WindowRecord } from './events.ts';

export interface PlanChoice {
  /** The plan for the next window. */
  next(): Plan;
  /**
   * Tells how a window went; `disturbed`: while its questions were asked, the number of questions at once changed, so
   * that its times say nothing. Returns what was picked, when this window settled it.
   */
  report(record: WindowRecord, disturbed?: boolean): { readonly plan: Plan; readonly reason: string } | undefined;
}

export const fixedPlan = (plan: Plan): PlanChoice => ({ next: () => plan, report: () => undefined });

interface Trial {
  readonly plan: Plan;
  given: number;
  costs: number[];
  failed: number;
}

/**
 * Tries each plan on a few windows and picks the fastest for the aim; tries again when the picked one becomes
 * half as fast again as when it was picked.
 *
 * What is compared is, for throughput, the slot time that a window takes (with every slot busy, windows a second =
 * slots ÷ slot time of a window), and for latency the time from a window's first question to its last answer. A plan in
 * whose trial an answer failed is out. `combined` changes what the model reads, so it must win by a quarter.
 */
export class MeasuredPlan implements PlanChoice {
  readonly #aim: Aim;
  readonly #each: number;
  #trials: Trial[];
  #picked: { readonly plan: Plan; readonly cost: number } | undefined;
  #recent: number | undefined;
  #since = 0;

  /** `each`: windows that a plan is tried on; the first of them is not counted, it meets the plan before. */
  constructor(aim: Aim, each: number) {
    this.#aim = aim;
    this.#each = each;
    this.#trials = this.#fresh();
  }

  next(): Plan {
    if (this.#picked) return this.#picked.plan;
    const trial = this.#trials.find(({ given }) => given < this.#each);
    if (!trial) {
      // All are under way: go on with the one that is likeliest to win.
      return this.#aim === 'latency' ? 'parallel' : 'lanes';
    }
    trial.given += 1;
    return trial.plan;
  }

  report(record: WindowRecord, disturbed = false): { readonly plan: Plan; readonly reason: string } | undefined {
    const cost = disturbed ? undefined : costOf(record, this.#aim);
    const failed = record.observations.some(({ state }) => state === 'failed');
    if (this.#picked) return this.#watch(record.plan, cost);
    const trial = this.#trials.find(({ plan }) => plan === record.plan);
    // Answers from the cache or an earlier run say nothing of the plan.
    if (trial && cost !== undefined) {
      trial.costs.push(cost);
      trial.failed += failed ? 1 : 0;
    } else if (trial) trial.given -= 1;
    if (this.#trials.some(({ costs }) => costs.length < this.#each)) return undefined;
    return this.#pick();
  }

  #pick(): { readonly plan: Plan; readonly reason: string } {
    const measured = this.#trials.map((trial) => ({ ...trial, cost: median(trial.costs.slice(1)) }));
    const able = measured.filter(({ failed }) => failed === 0);
    const separate = measured.filter(({ plan }) => plan !== 'combined').sort((a, b) => a.cost - b.cost)[0];
    const combined = able.find(({ plan }) => plan === 'combined');
    const best = combined && separate && combined.cost < separate.cost * combinedMustSave ? combined : separate;
    if (!best) throw new Error('no plan was tried');
    this.#picked = { plan: best.plan, cost: best.cost };
    this.#recent = undefined;
    this.#since = 0;
    const figures = measured.map(
      ({ plan, cost, failed }) => `${plan} ${Math.round(cost)}${failed > 0 ? ' (answers failed)' : ''}`,
    );
    const what = this.#aim === 'latency' ? 'ms to a window’s last answer' : 'ms of slot time a window';
    return { plan: best.plan, reason: `${what}: ${figures.join(', ')}` };
  }

  #watch(plan: Plan, cost: number | undefined): undefined {
    const picked = this.#picked as { readonly plan: Plan; readonly cost: number };
    if (plan !== picked.plan || cost === undefined) return;
    this.#recent = this.#recent === undefined ? cost : this.#recent * 0.8 + cost * 0.2;
    this.#since += 1;
    if (this.#since < leastBeforeDrift || this.#recent < picked.cost * driftFactor) return;
    this.#picked = undefined;
    this.#trials = this.#fresh();
  }

  get picked(): { readonly plan: Plan; readonly cost: number } | undefined {
    return this.#picked;
  }

  #fresh(): Trial[] {
    const order: Plan[] =
      this.#aim === 'latency' ? ['parallel', 'lanes', 'combined'] : ['lanes', 'parallel', 'combined'];
    return order.map((plan) => ({ plan, given: 0, costs: [], failed: 0 }));
  }
}

const combinedMustSave = 0.75;
const driftFactor = 1.5;
const leastBeforeDrift = 20;

/** Milliseconds; undefined where some answer was not asked for in this run. */
function costOf(record: WindowRecord, aim: Aim): number | undefined {
  if (record.idle) return undefined;
  let slotMs = 0;
  for (const observation of record.observations) {
    if (observation.state !== 'answered') continue;
    if (observation.source !== 'model') return undefined;
    slotMs += observation.cost.answerMs;
  }
  return aim === 'latency' ? record.latencyMs : slotMs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}
