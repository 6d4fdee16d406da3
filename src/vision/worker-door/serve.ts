import { parentPort, workerData } from 'node:worker_threads';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Failure, Question, Reply, Request } from './messages.ts';

/** What a thread behind a `WorkerDoor` looks at pictures with. */
export interface Server<Q extends Question, A> extends AsyncDisposable {
  /** One question at a time. May throw `signal`'s reason once it is aborted. */
  answer(question: Q, signal: AbortSignal): Promise<A>;
}

/**
 * The thread's side of a `WorkerDoor`: opens what answers with the settings that the door was opened with, then answers
 * one question after another. Closing the door gives up what still waits.
 */
export function serve<Q extends Question, A>(open: (settings: unknown) => Promise<Server<Q, A>>): void {
  if (parentPort === null) throw new Error('serve() belongs in a thread that openWorkerDoor() started');
  const port = parentPort;
  const reply = (message: Reply<A>): void => port.postMessage(message);
  const waiting = new Map<number, AbortController>();
  let turn = Promise.resolve();

  const opening = open(workerData);
  opening.then(
    () => reply({ type: 'ready' }),
    (error: unknown) => {
      reply({ type: 'failed', error: failureOf(error) });
      port.close();
    },
  );

  async function answer(call: number, question: Q, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      const server = await opening;
      reply({ type: 'answer', call, answer: await server.answer(question, signal) });
    } catch (error) {
      reply({ type: 'refused', call, error: failureOf(error) });
    } finally {
      waiting.delete(call);
    }
  }

  port.on('message', (request: Request<Q>) => {
    if (request.type === 'cancel') waiting.get(request.call)?.abort();
    else if (request.type === 'ask') {
      const abort = new AbortController();
      waiting.set(request.call, abort);
      turn = turn.then(() => answer(request.call, request.question, abort.signal));
    } else {
      for (const abort of waiting.values()) abort.abort();
      turn = turn.then(async () => {
        await (await opening)[Symbol.asyncDispose]();
        port.close();
      });
    }
  });
}

function failureOf(error: unknown): Failure {
  if (error instanceof FramesiftError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}
