import { kindOf, type Aim, type ChosenPlan, type Plan, type PlanKind, type WindowRecord } from './events.ts';

export interface PlanPicker {
  /** The plan for the next window. */
  next(): Plan;
  /**
   * Tells how a window went; `disturbed`: while its questions were asked, the number of questions at once changed, so
   * that its times say nothing. Returns what was picked, when this window settled it.
   */
  report(record: WindowRecord, disturbed?: boolean): ChosenPlan | undefined;
  /** Of which kind the answers are to be; undefined as long as plans of both kinds are tried. Never changes again. */
  readonly kind: PlanKind | undefined;
  /** Picks by what is known where nothing is picked yet, as there are no more windows. */
  settle(): ChosenPlan | undefined;
}

export const fixedPlan = (plan: Plan): PlanPicker => ({
  next: () => plan,
  report: () => undefined,
  kind: kindOf(plan),
  settle: () => undefined,
});

interface Trial {
  readonly plan: Plan;
  given: number;
  costs: number[];
  failed: number;
}

export interface MeasuredPlanOptions {
  /** Windows that a plan is tried on; the first of them is not counted, it meets the plan before. Default 3. */
  readonly each?: number;
  /** Whether `combined` is tried as well. Default true. */
  readonly combined?: boolean;
  /** What an earlier part of the same run picked: it is not tried again. */
  readonly picked?: ChosenPlan | undefined;
}

/**
 * Tries each plan on a few windows and picks the fastest for the aim. Whether questions are asked one by one or all in
 * one prompt is settled once, as it changes what the model reads; between plans that ask one by one it tries again when
 * the picked one becomes half as slow again as when it was picked.
 *
 * What is compared is, for throughput, the slot time that a window takes (with every slot busy, windows a second =
 * slots ÷ slot time of a window), and for latency the time from a window's first question to its last answer. A plan in
 * whose trial an answer failed is out. `combined` changes what the model reads, so it must win by a quarter.
 */
export class MeasuredPlan implements PlanPicker {
  readonly #aim: Aim;
  readonly #each: number;
  #trials: Trial[];
  #reports = 0;
  #kind: PlanKind | undefined;
  #picked: { readonly plan: Plan; cost: number | undefined } | undefined;
  #recent: number | undefined;
  #since = 0;

  constructor(aim: Aim, { each = 3, combined = true, picked }: MeasuredPlanOptions = {}) {
    this.#aim = aim;
    this.#each = each;
    if (!combined) this.#kind = 'separate';
    if (picked) {
      this.#picked = { plan: picked.plan, cost: undefined };
      this.#kind = kindOf(picked.plan);
    }
    this.#trials = this.#fresh();
  }

  get kind(): PlanKind | undefined {
    return this.#kind;
  }

  next(): Plan {
    if (this.#picked) return this.#picked.plan;
    const trial = this.#trials.find(({ given }) => given < this.#each);
    // All are under way: go on with the one that is likeliest to win.
    if (!trial) return this.#trials[0]!.plan;
    trial.given += 1;
    return trial.plan;
  }

  report(record: WindowRecord, disturbed = false): ChosenPlan | undefined {
    const cost = disturbed ? undefined : costOf(record, this.#aim);
    const failed = record.observations.some(({ state }) => state === 'failed');
    if (this.#picked) return this.#watch(record.plan, cost);
    this.#reports += 1;
    const trial = this.#trials.find(({ plan }) => plan === record.plan);
    // Answers from the cache or an earlier run say nothing of the plan.
    if (trial && cost !== undefined) {
      trial.costs.push(cost);
      trial.failed += failed ? 1 : 0;
    } else if (trial) trial.given -= 1;
    const measured = this.#trials.every(({ costs }) => costs.length >= this.#each);
    return measured || this.#reports >= maxTrialWindows ? this.#pick() : undefined;
  }

  settle(): ChosenPlan | undefined {
    return this.#picked ? undefined : this.#pick();
  }

  #pick(): ChosenPlan {
    const measured = this.#trials
      .filter(({ costs }) => costs.length >= this.#each)
      .map((trial) => ({ ...trial, cost: median(trial.costs.slice(1)) }));
    const able = measured.filter(({ failed }) => failed === 0);
    const separate = measured.filter(({ plan }) => plan !== 'combined').sort((a, b) => a.cost - b.cost)[0];
    const combined = able.find(({ plan }) => plan === 'combined');
    const best = combined && separate && combined.cost < separate.cost * combinedMustSave ? combined : separate;
    const plan = best?.plan ?? this.#trials[0]!.plan;
    this.#picked = { plan, cost: best?.cost };
    this.#kind = kindOf(plan);
    this.#recent = undefined;
    this.#since = 0;
    const figures = measured.map(
      ({ plan: tried, cost, failed }) => `${tried} ${Math.round(cost)}${failed > 0 ? ' (answers failed)' : ''}`,
    );
    const what = this.#aim === 'latency' ? 'ms to a window’s last answer' : 'ms of slot time a window';
    return { plan, reason: best ? `${what}: ${figures.join(', ')}` : 'too few windows were asked to compare plans' };
  }

  #watch(plan: Plan, cost: number | undefined): undefined {
    const picked = this.#picked!;
    if (plan !== picked.plan || plan === 'combined' || cost === undefined) return;
    // What an earlier part of the run picked is held against what it takes now.
    picked.cost ??= cost;
    this.#recent = this.#recent === undefined ? cost : this.#recent * 0.8 + cost * 0.2;
    this.#since += 1;
    if (this.#since < minWindowsBeforeDrift || this.#recent < picked.cost * driftFactor) return;
    this.#picked = undefined;
    this.#reports = 0;
    this.#trials = this.#fresh();
  }

  get picked(): { readonly plan: Plan } | undefined {
    return this.#picked;
  }

  /** The likeliest to win first. */
  #fresh(): Trial[] {
    const separate: Plan[] = this.#aim === 'latency' ? ['parallel', 'primed', 'lanes'] : ['lanes', 'parallel'];
    const order: Plan[] = this.#kind === 'separate' ? separate : [...separate, 'combined'];
    return order.map((plan) => ({ plan, given: 0, costs: [], failed: 0 }));
  }
}

const combinedMustSave = 0.75;
const driftFactor = 1.5;
const minWindowsBeforeDrift = 20;
/** Where answers come from the cache or are disturbed, so many windows are enough. Their pictures are held meanwhile. */
const maxTrialWindows = 40;

/** Milliseconds; undefined where some answer was not asked for in this run. */
function costOf(record: WindowRecord, aim: Aim): number | undefined {
  if (record.idle || record.asked.length < record.observations.length) return undefined;
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
