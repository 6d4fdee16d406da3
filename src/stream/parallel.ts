import { disposeUnread } from './dispose.ts';

export interface ParallelOptions {
  /** How many values may be under way or wait to be read; a function is asked again before each new value. */
  readonly limit: number | (() => number);
  readonly signal?: AbortSignal;
}

type Settled<R> = { readonly value: R } | { readonly error: unknown };

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
  const limit = typeof options.limit === 'number' ? () => options.limit as number : options.limit;
  const iterator = source[Symbol.asyncIterator]();
  const underway: Promise<Settled<R>>[] = [];
  let pull: Promise<void> | undefined;
  let pulled: { readonly result: IteratorResult<T> } | { readonly error: unknown } | undefined;
  let ended = false;

  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => {
    stop.abort(options.signal?.reason);
    aborted.reject(options.signal?.reason);
  };
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (!ended && !pull && underway.length < Math.max(1, limit())) {
        pull = iterator.next().then(
          (result) => void (pulled = { result }),
          (error: unknown) => void (pulled = { error }),
        );
      }
      if (underway.length === 0 && !pull) return;
      const head = underway[0];
      const first = await Promise.race([aborted.promise, ...(head ? [head] : []), ...(pull ? [pull] : [])]);
      if (pulled) {
        const { ...was } = pulled;
        pulled = undefined;
        pull = undefined;
        if ('error' in was) {
          ended = true;
          throw was.error;
        }
        if (was.result.done) ended = true;
        else {
          const { value } = was.result;
          underway.push(settle(() => work(value, stop.signal)));
        }
      }
      if (first) {
        underway.shift();
        if ('error' in first) throw first.error;
        yield first.value;
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    if (!stop.signal.aborted) stop.abort(options.signal?.reason);
    await pull;
    if (pulled && 'result' in pulled && !pulled.result.done) await disposeUnread(pulled.result.value);
    if (pulled && 'result' in pulled && pulled.result.done) ended = true;
    if (!ended) await iterator.return?.();
    for (const settled of await Promise.all(underway)) if ('value' in settled) await disposeUnread(settled.value);
  }
}

async function settle<R>(work: () => Promise<R>): Promise<Settled<R>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
