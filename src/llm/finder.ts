/**
 * Finds how many questions a server works on at once, from how long answers take.
 *
 * With `n` questions always under way, throughput is n ÷ mean answer time (Little's law). While the server has idle
 * slots, more questions under way do not make answers slower; once it has none, they only wait. So: double while
 * throughput grows, then halve the gap down to the smallest number that keeps it. Times are compared between
 * questions of one kind alone, because a question that finds its prefix is faster than the one that brought it.
 * An endpoint that refuses (429, 503) halves the number at once and caps it.
 */
export class ConcurrencyFinder {
  #limit: number;
  #low = 0;
  #high = Infinity;
  #most: number;
  readonly #fixed: boolean;
  #best: Level | undefined;
  #times: Times = new Map();
  #state: 'doubling' | 'narrowing' | 'settled';
  #sinceSettled = 0;
  #epoch = 0;

  /** `fixed`: use this many and never change. `told`: what the server says it works on at once, at most. */
  constructor(options: { readonly fixed?: number; readonly told?: number; readonly most?: number } = {}) {
    this.#fixed = options.fixed !== undefined;
    this.#limit = options.fixed ?? options.told ?? startLevel;
    this.#most = options.fixed ?? options.told ?? options.most ?? mostLevel;
    this.#state = options.fixed === undefined && options.told === undefined ? 'doubling' : 'settled';
  }

  get limit(): number {
    return this.#limit;
  }

  /** Changes with every change of the limit: an answer begun under another limit says nothing of this one. */
  get epoch(): number {
    return this.#epoch;
  }

  get settled(): boolean {
    return this.#state === 'settled';
  }

  /** One answer that began and ended while `limit` questions were under way. */
  record(kind: string, milliseconds: number, epoch: number): void {
    if (epoch !== this.#epoch) return;
    const sum = this.#times.get(kind) ?? { count: 0, totalMs: 0 };
    this.#times.set(kind, { count: sum.count + 1, totalMs: sum.totalMs + milliseconds });
    if (this.#state === 'settled') {
      this.#recheck();
      return;
    }
    let count = 0;
    for (const { count: one } of this.#times.values()) count += one;
    const enough = count >= Math.max(leastSamples, samplesPerLevel * this.#limit);
    if (!this.#best) {
      if (!enough) return;
      this.#best = { level: this.#limit, times: this.#times };
      this.#move(this.#limit * 2);
      return;
    }
    const gain = throughputGain(this.#best, { level: this.#limit, times: this.#times });
    // The new level's kinds are all new ones: wait for some that can be compared.
    if (gain === undefined) return;
    // One answer for each that is under way will do where the case is clear.
    const clear = count >= Math.max(leastSamples, this.#limit) && (gain < clearLoss || gain > clearGain);
    if (enough || clear) this.#judge(gain);
  }

  /** The endpoint said it is too busy while `limit` questions were under way. */
  refused(epoch: number): void {
    if (this.#fixed || epoch !== this.#epoch) return;
    this.#most = Math.max(1, this.#limit - 1);
    this.#best = undefined;
    this.#low = 0;
    this.#high = Infinity;
    this.#state = 'settled';
    this.#move(Math.max(1, Math.floor(this.#limit / 2)));
  }

  #judge(gain: number): void {
    const best = this.#best as Level;
    if (this.#state === 'doubling') {
      if (gain >= worthwhileGain) {
        this.#low = best.level;
        this.#best = { level: this.#limit, times: this.#times };
        if (this.#limit < this.#most) {
          this.#move(this.#limit * 2);
          return;
        }
      }
      // No level above `best` is worth it; a smaller one than `best` may do as well (6 slots: 8 = 6).
      this.#high = best.level < this.#limit && gain < worthwhileGain ? best.level : this.#limit;
      this.#state = 'narrowing';
      this.#narrow();
      return;
    }
    if (gain >= 1 - worthlessLoss) this.#high = this.#limit;
    else this.#low = this.#limit;
    this.#narrow();
  }

  #narrow(): void {
    const middle = Math.ceil((this.#low + this.#high) / 2);
    if (this.#high - this.#low <= Math.max(1, Math.floor(this.#high / 16)) || middle === this.#high) {
      this.#state = 'settled';
      this.#sinceSettled = 0;
      this.#move(this.#high);
      return;
    }
    this.#move(middle);
  }

  /** A server can be restarted with other settings, or share its machine with others for a while. */
  #recheck(): void {
    this.#sinceSettled += 1;
    if (this.#fixed || this.#sinceSettled < recheckAfter * this.#limit) return;
    this.#best = { level: this.#limit, times: this.#times };
    this.#sinceSettled = 0;
    this.#low = Math.floor(this.#limit / 2);
    this.#state = 'doubling';
    this.#move(this.#limit * 2);
  }

  #move(level: number): void {
    const next = Math.max(1, Math.min(this.#most, Math.round(level)));
    if (next === this.#limit && this.#state !== 'settled') this.#state = 'settled';
    this.#limit = next;
    this.#times = new Map();
    this.#epoch += 1;
  }
}

interface Level {
  readonly level: number;
  readonly times: Times;
}

type Times = Map<string, { readonly count: number; readonly totalMs: number }>;

/** Two at once is safe on every server: one waits in the server's own queue if it must. */
const startLevel = 2;
/** More at once than any single server of this kind serves well; `--concurrency` goes beyond. */
const mostLevel = 64;
const leastSamples = 5;
const samplesPerLevel = 3;
/** Doubling the number brings up to 2.0 × on idle slots and 1.0 × on none. */
const worthwhileGain = 1.15;
/** Far enough from `worthwhileGain` to be believed after a third of the samples. */
const clearGain = 1.5;
const clearLoss = 0.85;
/** Throughput that may be given up for fewer questions under way. */
const worthlessLoss = 0.05;
/** Answers per slot after which a settled number is questioned again. */
const recheckAfter = 200;

/** Throughput at `now` ÷ throughput at `before`, mean over the kinds that both saw; undefined where there is none. */
function throughputGain(before: Level, now: Level) {
  let weighted = 0;
  let weights = 0;
  for (const [kind, { count, totalMs }] of now.times) {
    const was = before.times.get(kind);
    if (!was || totalMs === 0) continue;
    const gain = now.level / (totalMs / count) / (before.level / (was.totalMs / was.count));
    const weight = Math.min(count, was.count);
    weighted += gain * weight;
    weights += weight;
  }
  return weights === 0 ? undefined : weighted / weights;
}
