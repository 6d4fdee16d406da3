import { disposeUnread } from './dispose.ts';

export interface ParallelOptions {
  /** How many values may be under way or wait to be read; a function is asked again before each new value. */
  readonly limit: number | (() => number);
  /** Calls its argument whenever `limit` may have grown; what it returns is disposed at the end. */
  readonly onLimit?: (look: () => void) => Disposable;
  readonly signal?: AbortSignal;
}

type Settled<R> = { readonly value: R } | { readonly error: unknown };

interface Call<R> {
  readonly done: Promise<void>;
  settled: Settled<R> | undefined;
}

/**
 * Maps a stream with several calls under way at once; results come in the order of the source.
 *
 * The source is pulled only while there is room, so a slow reader or slow calls slow the source. When the reader
 * stops, a call fails or `signal` aborts: the signal given to the calls aborts, finished results that nobody read
 * are disposed, the source is closed, and nothing is left running when the generator has ended. `work` owns the
 * value it is given.
 */
export async function* parallel<T, R>(
  source: AsyncIterable<T>,
  work: (value: T, signal: AbortSignal) => Promise<R>,
  options: ParallelOptions,
): AsyncGenerator<R, void, undefined> {
  const stop = new AbortController();
  const { limit } = options;
  const room = typeof limit === 'number' ? () => limit : limit;
  const iterator = source[Symbol.asyncIterator]();
  const calls: Call<R>[] = [];
  let pull: Promise<void> | undefined;
  let pulled: Settled<IteratorResult<T>> | undefined;
  let ended = false;
  // Woken by hand: racing promises that live as long as the stream would keep every value of it alive.
  let wake = () => {};

  const call = (value: T): Call<R> => {
    const begun: Call<R> = {
      settled: undefined,
      done: settle(() => work(value, stop.signal)).then((settled) => {
        begun.settled = settled;
        wake();
      }),
    };
    return begun;
  };
  const onAbort = () => {
    stop.abort(options.signal?.reason);
    wake();
  };
  using _ = options.onLimit?.(() => wake());
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (pulled) {
        const was = pulled;
        pulled = pull = undefined;
        if ('error' in was || was.value.done) ended = true;
        if ('error' in was) throw was.error;
        if (!was.value.done) calls.push(call(was.value.value));
      }
      if (!ended && !pull && calls.length < Math.max(1, room())) {
        pull = settle(async () => iterator.next()).then((settled) => {
          pulled = settled;
          wake();
        });
      }
      const first = calls[0]?.settled;
      if (first) {
        calls.shift();
        if ('error' in first) throw first.error;
        yield first.value;
        continue;
      }
      if (calls.length === 0 && !pull) return;
      if (!pulled) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    if (!stop.signal.aborted) stop.abort(options.signal?.reason);
    await pull;
    if (pulled && ('error' in pulled || pulled.value.done)) ended = true;
    else if (pulled && 'value' in pulled) await disposeUnread(pulled.value.value);
    if (!ended) await iterator.return?.();
    for (const { done } of calls) await done;
    for (const { settled } of calls) if (settled && 'value' in settled) await disposeUnread(settled.value);
  }
}

async function settle<R>(work: () => Promise<R>): Promise<Settled<R>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
