import type { Endpoint, Served } from './endpoint.ts';
import type { Lane } from './model.ts';
import { acquireSlot, type Lease } from './slots.ts';

/** Takes a slot when first needed and keeps it until disposed or dropped. */
export class SlotLane implements Lane {
  readonly #served: readonly Served[];
  readonly #turn: number;
  readonly #priority: number;
  readonly #home: Endpoint | undefined;
  #lease: Lease<Endpoint> | undefined;
  #closed = false;
  waitedMs = 0;

  /** @param home the one server that is wanted, as long as it is there */
  constructor(served: readonly Served[], turn: number, priority: number, home?: Endpoint) {
    this.#home = home;
    this.#served = served;
    this.#turn = turn;
    this.#priority = priority;
  }

  async slot(signal: AbortSignal): Promise<Served> {
    const held = this.#lease?.owner.slots;
    // The number was lowered meanwhile: back into the queue, in which older windows come first.
    if (held && held.inUse > held.limit) this.drop();
    if (!this.#lease) {
      const since = performance.now();
      this.#lease = await acquireSlot(
        this.#home?.slots.open ? [this.#home.slots] : this.#served.map(({ endpoint }) => endpoint.slots),
        { turn: this.#turn, priority: this.#priority, signal },
      );
      this.waitedMs += performance.now() - since;
      if (this.#closed) this.drop();
    }
    const owner = this.#lease?.owner;
    return this.#served.find(({ endpoint }) => endpoint === owner) as Served;
  }

  drop(): void {
    this.#lease?.[Symbol.dispose]();
    this.#lease = undefined;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.drop();
  }
}
