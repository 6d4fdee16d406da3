import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError } from '../core/errors.ts';
import { ConcurrencyFinder } from './finder.ts';
import { orAbort } from './or-abort.ts';
import type { Provider } from './provider.ts';
import { Slots } from './slots.ts';

export type Notice =
  | { readonly type: 'server-away'; readonly address: string; readonly reason: string }
  | { readonly type: 'server-back'; readonly address: string; readonly awayMs: number };

/**
 * One address with its slots and whether it is there. Every model on the same address in this process shares one, so
 * two runs never ask more of a server together than it can do.
 */
export class Endpoint {
  readonly address: string;
  readonly slots: Slots<Endpoint>;
  readonly #listeners = new Set<(notice: Notice) => void>();
  #return: Promise<boolean> | undefined;
  users = 0;
  #failedInARow = 0;

  constructor(address: string, finder: ConcurrencyFinder) {
    this.address = address;
    this.slots = new Slots<Endpoint>(this, finder);
  }

  /** Told how each request to it ended. */
  requested(answered: boolean): void {
    this.#failedInARow = answered ? 0 : this.#failedInARow + 1;
  }

  /** Nothing is answered any more: a second try costs a request and brings nothing. */
  get failsAlways(): boolean {
    return this.#failedInARow >= maxFailedInARow;
  }

  listen(listener: (notice: Notice) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Waits until the server is back after a broken connection; true when it had really been away.
   * Throws FramesiftError `model` after `limitSeconds`, or the signal's reason.
   */
  async back(
    provider: Provider,
    reason: string,
    { limitSeconds, signal }: { readonly limitSeconds: number; readonly signal: AbortSignal },
  ): Promise<boolean> {
    // One looks, all wait; the look is not bound to the signal of the one who happened to come first.
    this.#return ??= this.#look(provider, reason, limitSeconds).finally(() => (this.#return = undefined));
    return orAbort(this.#return, signal);
  }

  async #look(provider: Provider, reason: string, limitSeconds: number): Promise<boolean> {
    const since = performance.now();
    if (await provider.alive(AbortSignal.timeout(lookMs))) return false;
    this.slots.open = false;
    this.#tell({ type: 'server-away', address: this.address, reason });
    let waitMs = 250;
    for (;;) {
      await sleep(waitMs, undefined, { ref: this.users > 0 });
      if (await provider.alive(AbortSignal.timeout(lookMs))) break;
      const awayMs = performance.now() - since;
      if (awayMs > limitSeconds * 1000 || this.users === 0) {
        this.slots.open = true;
        throw new FramesiftError(
          'model',
          `The server at ${this.address} went away (${reason}) and did not come back within ${limitSeconds} s. Start it and run the same command again: the run continues where it stopped.`,
        );
      }
      waitMs = Math.min(waitMs * 1.5, 5000);
    }
    this.slots.open = true;
    this.#tell({ type: 'server-back', address: this.address, awayMs: performance.now() - since });
    return true;
  }

  #tell(notice: Notice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}

/** One endpoint of a model and the provider that speaks to it. */
export interface Served {
  readonly endpoint: Endpoint;
  readonly provider: Provider;
}

const lookMs = 5000;
/** Two questions with all their tries; by chance it never comes to this where one request in three fails. */
const maxFailedInARow = 8;

const endpoints = new Map<string, Endpoint>();

/** The endpoint of an address; the first to ask settles how its concurrency is found. Release it when done. */
export function shareEndpoint(
  address: string,
  finder: { readonly fixed?: number; readonly told?: number; readonly start?: number },
): { readonly endpoint: Endpoint } & Disposable {
  let endpoint = endpoints.get(address);
  if (!endpoint) endpoints.set(address, (endpoint = new Endpoint(address, new ConcurrencyFinder(finder))));
  endpoint.users += 1;
  const shared = endpoint;
  let released = false;
  return {
    endpoint,
    [Symbol.dispose]: () => {
      if (released) return;
      released = true;
      shared.users -= 1;
      if (shared.users === 0) endpoints.delete(address);
    },
  };
}
