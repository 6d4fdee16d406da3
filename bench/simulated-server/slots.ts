import { setTimeout as sleep } from 'node:timers/promises';
import { questionTokenMs, type Cost } from './cost.ts';

/** A prompt as the server sees it: what each part costs, and by which words a later prompt is the same. */
export interface PromptPart {
  readonly identity: string;
  readonly tokens: number;
  readonly image: boolean;
}

interface Slot {
  readonly index: number;
  busy: boolean;
  prefix: readonly PromptPart[];
  usedAt: number;
}

export interface Work {
  readonly slot: number;
  readonly queueMs: number;
  readonly tokensIn: number;
  readonly tokensReused: number;
  /** What the slot is charged for the prompt, milliseconds. */
  readonly promptMs: number;
}

/**
 * The slots of one simulated server: first come, first served; a prompt goes to the idle slot that has the longest
 * prefix of it, else to the one unused for longest, as llama.cpp's server does. Times are kept as deadlines, so that
 * timers that fire late do not add up.
 */
export class SimulatedSlots {
  readonly cost: Cost;
  readonly speed: number;
  readonly #slots: Slot[];
  readonly #queue: { readonly parts: readonly PromptPart[]; grant: (slot: Slot) => void }[] = [];
  /** Prompts that were read lately, where all slots share them. */
  readonly #read: (readonly PromptPart[])[] = [];
  #clock = 0;
  maxBusy = 0;
  maxWaiting = 0;

  /** `speed`: how many times faster than the measured figures everything runs. */
  constructor(count: number, cost: Cost, speed: number) {
    this.cost = cost;
    this.speed = speed;
    this.#slots = Array.from({ length: count }, (_, index) => ({ index, busy: false, prefix: [], usedAt: 0 }));
  }

  get count(): number {
    return this.#slots.length;
  }

  get busy(): number {
    return this.#slots.filter((slot) => slot.busy).length;
  }

  /**
   * Waits for a slot, works on the prompt, then calls `write` once for each answer token, each at its time.
   * `signal` frees the slot at once.
   */
  async run(
    parts: readonly PromptPart[],
    answerTokens: number,
    signal: AbortSignal,
    write: (index: number, work: Work) => void,
  ): Promise<Work & { readonly serviceMs: number }> {
    const since = performance.now();
    const slot = await this.#take(parts, signal);
    try {
      const began = performance.now();
      const shared = this.cost.shared
        ? Math.max(0, ...this.#read.map((one) => commonPrefix(one, parts)))
        : commonPrefix(slot.prefix, parts);
      if (!this.cost.forgetful) slot.prefix = parts;
      let promptMs = 0;
      let tokensReused = 0;
      let tokensIn = 0;
      for (const [index, part] of parts.entries()) {
        tokensIn += part.tokens;
        if (index < shared) tokensReused += part.tokens;
        else promptMs += this.#partMs(part);
      }
      const slower = 1 + this.cost.contention * (this.busy - 1);
      const scale = slower / this.speed;
      promptMs *= scale;
      const work: Work = { slot: slot.index, queueMs: began - since, tokensIn, tokensReused, promptMs };
      const tokenMs = this.cost.answerTokenMs * scale;
      let written = 0;
      while (written < answerTokens) {
        const due = began + promptMs + tokenMs * (written + 1) - performance.now();
        if (due > 0) await sleep(due, undefined, { signal });
        signal.throwIfAborted();
        if (written === 0 && this.cost.shared) this.#keep(parts);
        const now = performance.now() - began - promptMs;
        // Timers are whole milliseconds: write all tokens that are due.
        do write(written++, work);
        while (written < answerTokens && tokenMs * (written + 1) <= now);
      }
      return { ...work, serviceMs: promptMs + tokenMs * answerTokens };
    } finally {
      this.#give(slot);
    }
  }

  #keep(parts: readonly PromptPart[]): void {
    this.#read.push(parts);
    if (this.#read.length > promptsKept) this.#read.shift();
  }

  #partMs(part: PromptPart): number {
    if (part.image) return this.cost.imageMs + part.tokens * this.cost.promptTokenMs;
    return part.tokens * questionTokenMs;
  }

  #take(parts: readonly PromptPart[], signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    const idle = this.#slots.filter((slot) => !slot.busy);
    if (idle.length > 0) return Promise.resolve(this.#start(idle, parts));
    const { promise, resolve, reject } = Promise.withResolvers<Slot>();
    const waiting = { parts, grant: resolve };
    this.#queue.push(waiting);
    this.maxWaiting = Math.max(this.maxWaiting, this.#queue.length);
    signal.addEventListener(
      'abort',
      () => {
        const index = this.#queue.indexOf(waiting);
        if (index >= 0) this.#queue.splice(index, 1);
        reject(signal.reason);
      },
      { once: true },
    );
    return promise;
  }

  #start(idle: readonly Slot[], parts: readonly PromptPart[]): Slot {
    let best = idle[0] as Slot;
    for (const slot of idle) {
      const gain = commonPrefix(slot.prefix, parts) - commonPrefix(best.prefix, parts);
      if (gain > 0 || (gain === 0 && slot.usedAt < best.usedAt)) best = slot;
    }
    best.busy = true;
    this.maxBusy = Math.max(this.maxBusy, this.busy);
    return best;
  }

  #give(slot: Slot): void {
    slot.busy = false;
    slot.usedAt = this.#clock += 1;
    const next = this.#queue.shift();
    if (next) next.grant(this.#start([slot], next.parts));
  }
}

const promptsKept = 64;

function commonPrefix(a: readonly PromptPart[], b: readonly PromptPart[]): number {
  let index = 0;
  while (index < a.length && index < b.length && a[index]?.identity === b[index]?.identity) index += 1;
  return index;
}
