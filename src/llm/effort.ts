import type { Effort, Spent } from './model.ts';
import type { Reply } from './request.ts';

/** Adds up the requests for one question, and with it those of the whole model. */
export class EffortTally {
  readonly #model: SpentTally;
  readonly #requests: { startMs: number; endMs: number }[] = [];
  readonly #tokens: Tokens = {};

  constructor(model: SpentTally) {
    this.#model = model;
  }

  get attempts(): number {
    return this.#requests.length;
  }

  /** Tells of a request that begins, and how to tell how it ended; without a reply it failed. */
  request(): (reply?: Reply) => void {
    const span = { startMs: performance.now(), endMs: Infinity };
    this.#requests.push(span);
    this.#model.requests += 1;
    return (reply) => {
      span.endMs = performance.now();
      if (!reply) return;
      addTokens(this.#tokens, reply);
      addTokens(this.#model.tokens, reply);
    };
  }

  /** The server put it off without working on it: it counts as no try. */
  recalled(): void {
    this.#requests.pop();
  }

  effort(queueMs: number, answerMs: number): Effort {
    return { attempts: this.attempts, ...this.#tokens, queueMs, answerMs, requests: this.#requests };
  }
}

/** What a model has taken since it was opened. */
export class SpentTally {
  requests = 0;
  readonly tokens: Tokens = {};

  get spent(): Spent {
    const { tokensIn = 0, tokensOut = 0 } = this.tokens;
    return { requests: this.requests, tokensIn, tokensOut };
  }
}

type Tokens = { -readonly [Name in 'tokensIn' | 'tokensReused' | 'tokensOut']?: number };

/** What no server tells stays undefined. */
function addTokens(sum: Tokens, reply: Reply): void {
  for (const name of ['tokensIn', 'tokensReused', 'tokensOut'] as const) {
    const more = reply[name];
    if (more !== undefined) sum[name] = (sum[name] ?? 0) + more;
  }
}
