/** What can go wrong on purpose. Each is used up by the request that meets it. */
export const faultKinds = [
  /** The connection is closed without a word. */
  'refuse',
  /** The request is taken and nothing ever comes. */
  'hang',
  /** The connection breaks in the middle of the answer. */
  'cut',
  /** 429 with `Retry-After: 0`. */
  'busy',
  /** 500. */
  'error',
  /** 400. */
  'bad-request',
  /** The answer is not JSON. */
  'invalid',
  /** The answer does not fit its schema. */
  'misfit',
  /** The answer lacks its last field. */
  'partial',
  /** The answer is cut at the token limit, whatever the limit is. */
  'truncated',
] as const;
export type Fault = (typeof faultKinds)[number];

/** Faults for coming requests: the next ones in order, every nth request, or those whose prompt says so. */
export class FaultPlan {
  readonly #next: (Fault | undefined)[] = [];
  #wherever: { readonly prompt: RegExp; readonly fault: Fault } | undefined;
  #every: { readonly fault: Fault; readonly each: number; count: number } | undefined;

  /** The next requests meet these in order; `undefined` lets one pass. */
  add(...faults: (Fault | undefined)[]): void {
    this.#next.push(...faults);
  }

  every(each: number, fault: Fault): void {
    this.#every = { fault, each, count: 0 };
  }

  /** Requests whose prompt matches meet it. */
  wherever(prompt: RegExp, fault: Fault): void {
    this.#wherever = { prompt, fault };
  }

  take(prompt: string): Fault | undefined {
    if (this.#wherever?.prompt.test(prompt)) return this.#wherever.fault;
    if (this.#next.length > 0) return this.#next.shift();
    if (!this.#every) return undefined;
    this.#every.count += 1;
    return this.#every.count % this.#every.each === 0 ? this.#every.fault : undefined;
  }
}
