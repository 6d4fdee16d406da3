import type { ConcurrencyFinder } from './finder.ts';

/** The right to have one question under way at one endpoint, until it is disposed. */
export interface Lease<Owner> extends Disposable {
  readonly owner: Owner;
  /** Milliseconds from asking to having it. */
  readonly waitedMs: number;
}

interface Waiter {
  readonly turn: number;
  readonly priority: number;
  readonly order: number;
  /** Takes the offer; false where the wait is already over. */
  offer(slots: Slots<unknown>): boolean;
}

let asked = 0;

/** The slots of one endpoint: at most `finder.limit` leases are out, the rest wait by turn, priority and in order. */
export class Slots<Owner> {
  readonly finder: ConcurrencyFinder;
  readonly owner: Owner;
  #inUse = 0;
  #open = true;
  readonly #waiting: Waiter[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(owner: Owner, finder: ConcurrencyFinder) {
    this.owner = owner;
    this.finder = finder;
    finder.onMove = () => {
      this.pump();
      for (const listener of this.#listeners) listener();
    };
  }

  /** Calls `listener` after each change of `limit`, until disposed. */
  onLimit(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get limit(): number {
    return this.finder.limit;
  }

  get free(): number {
    return this.#open ? Math.max(0, this.limit - this.#inUse - this.#waiting.length) : 0;
  }

  /** While closed (the server is away) nobody gets a slot; leases that are out stay valid. */
  set open(open: boolean) {
    this.#open = open;
    this.pump();
  }

  get open(): boolean {
    return this.#open;
  }

  /** Gives free slots to those who wait; called after everything that can free one. */
  pump(): void {
    while (this.#open && this.#inUse < this.limit) {
      const waiter = this.#waiting.shift();
      if (!waiter) return;
      waiter.offer(this);
    }
  }

  take(waitedMs: number): Lease<Owner> {
    this.#inUse += 1;
    let out = true;
    return {
      owner: this.owner,
      waitedMs,
      [Symbol.dispose]: () => {
        if (!out) return;
        out = false;
        this.#inUse -= 1;
        this.pump();
      },
    };
  }

  enqueue(waiter: Waiter): void {
    let index = this.#waiting.length;
    while (index > 0 && isBefore(waiter, this.#waiting[index - 1] as Waiter)) index -= 1;
    this.#waiting.splice(index, 0, waiter);
  }

  leave(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}

const isBefore = (a: Waiter, b: Waiter): boolean =>
  (a.turn - b.turn || a.priority - b.priority || a.order - b.order) < 0;

/**
 * A slot on whichever endpoint is least loaded; where none is free, on the first that gets one. The lowest `turn` comes
 * first, and of the same turn the lowest `priority`. Throws the signal's reason when it aborts first.
 */
export async function acquireSlot<Owner>(
  endpoints: readonly Slots<Owner>[],
  {
    turn = 0,
    priority = 0,
    signal,
  }: { readonly turn?: number; readonly priority?: number; readonly signal: AbortSignal },
): Promise<Lease<Owner>> {
  signal.throwIfAborted();
  const since = performance.now();
  const idle = endpoints
    .filter((slots) => slots.open && slots.inUse < slots.limit && slots.waiting === 0)
    .sort((a, b) => a.inUse / a.limit - b.inUse / b.limit)[0];
  if (idle) return idle.take(0);

  const { promise, resolve, reject } = Promise.withResolvers<Lease<Owner>>();
  let over = false;
  const waiter: Waiter = {
    turn,
    priority,
    order: (asked += 1),
    offer: (slots) => {
      if (over) return false;
      over = true;
      resolve((slots as Slots<Owner>).take(performance.now() - since));
      return true;
    },
  };
  const onAbort = () => {
    over = true;
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  for (const slots of endpoints) slots.enqueue(waiter);
  for (const slots of endpoints) slots.pump();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const slots of endpoints) slots.leave(waiter);
  }
}
