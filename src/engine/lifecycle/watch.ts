import type { ToldEvent } from '../../core/run-event.ts';
import type { RunSummary } from '../../core/run.ts';
import { EventQueue } from '../../stream/event-queue.ts';
import { runLifecycle, type RunOrder } from './run.ts';

/**
 * A run as a stream of its events; the last one is `finished`. Breaking off, or aborting the signal, leaves a folder that
 * the next call continues.
 *
 * @throws FramesiftError with a code of `exitCodes`, or the signal's reason
 */
export async function* watchRun(order: Omit<RunOrder, 'onEvent'>): AsyncGenerator<ToldEvent, RunSummary> {
  const queue = new EventQueue<ToldEvent>();
  const left = new AbortController();
  const { signal } = order.settings ?? {};
  const within = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const running = runLifecycle({
    ...order,
    settings: { ...order.settings, signal: within },
    onEvent: (event) => queue.push(event),
  }).finally(() => queue.close());
  // Whoever breaks off is not told how the run ended.
  running.catch(() => {});
  try {
    yield* queue;
    return await running;
  } finally {
    left.abort(new Error('the reader broke off'));
    await running.catch(() => {});
  }
}
