import { disposeUnread } from './dispose.ts';

/**
 * Reads ahead of the consumer: at most `size` values wait unread, so a slow reader slows the source.
 *
 * Order is kept. When the consumer stops early, what was read ahead is disposed and the source is closed. A source
 * that blocks for long between values must take a `signal` of its own: closing waits for the value it is making.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T, void, undefined> {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('prefetch: size must be a whole number from 1');
  const iterator = source[Symbol.asyncIterator]();
  const ready: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let stopped = false;
  let wakeReader = () => {};
  let wakePump = () => {};

  const pump = (async () => {
    try {
      for (;;) {
        while (ready.length >= size && !stopped) await new Promise<void>((resolve) => (wakePump = resolve));
        if (stopped) return;
        const next = await iterator.next();
        if (next.done) {
          ended = true;
          return;
        }
        ready.push(next.value);
        wakeReader();
      }
    } catch (error) {
      failure = { error };
    } finally {
      ended = ended || failure !== undefined;
      wakeReader();
    }
  })();

  try {
    for (;;) {
      while (ready.length === 0 && !ended) await new Promise<void>((resolve) => (wakeReader = resolve));
      if (ready.length > 0) {
        const value = ready.shift() as T;
        wakePump();
        yield value;
      } else {
        if (failure) throw failure.error;
        return;
      }
    }
  } finally {
    stopped = true;
    wakePump();
    await pump;
    for (const value of ready) await disposeUnread(value);
    if (!ended) await iterator.return?.();
  }
}
