import { parentPort, workerData } from 'node:worker_threads';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Failure, Question, Reply, Request } from './messages.ts';

/** What a thread behind a `WorkerDoor` looks at pictures with. */
export interface Server<Q extends Question, A> extends AsyncDisposable {
  /** How many questions it is handed before it has answered, in the order asked. Default 1. */
  readonly atOnce?: number;
  /** The picture is gone once this has answered. May throw `signal`'s reason once it is aborted. */
  answer(question: Q, signal: AbortSignal): Promise<A>;
}

/**
 * The thread's side of a `WorkerDoor`: opens what answers with the settings that the door was opened with, then answers
 * one question after another, or a few at once. Closing the door gives up what still waits.
 */
export function serve<Q extends Question, A>(open: (settings: unknown) => Promise<Server<Q, A>>): void {
  if (parentPort === null) throw new Error('serve() belongs in a thread that openWorkerDoor() started');
  const port = parentPort;
  const reply = (message: Reply<A>): void => port.postMessage(message);
  const aborts = new Map<number, AbortController>();
  const waiting: Extract<Request<Q>, { type: 'ask' }>[] = [];
  let underWay = 0;
  let closing = false;

  const opening = open(workerData);
  opening.then(
    () => reply({ type: 'ready' }),
    (error: unknown) => {
      reply({ type: 'failed', error: failureOf(error) });
      port.close();
    },
  );

  async function goOn(): Promise<void> {
    const server = await opening;
    while (underWay < (server.atOnce ?? 1)) {
      const next = waiting.shift();
      if (!next) break;
      underWay += 1;
      void answer(server, next.call, next.question).finally(() => {
        underWay -= 1;
        void goOn();
      });
    }
    if (!closing || underWay > 0) return;
    await server[Symbol.asyncDispose]();
    port.close();
  }

  async function answer(server: Server<Q, A>, call: number, question: Q): Promise<void> {
    const { signal } = aborts.get(call)!;
    try {
      signal.throwIfAborted();
      reply({ type: 'answer', call, answer: await server.answer(question, signal) });
      letGo(question);
    } catch (error) {
      reply({ type: 'refused', call, error: failureOf(error) });
    } finally {
      aborts.delete(call);
    }
  }

  port.on('message', (request: Request<Q>) => {
    if (request.type === 'cancel') aborts.get(request.call)?.abort();
    else if (request.type === 'ask') {
      aborts.set(request.call, new AbortController());
      waiting.push(request);
      void goOn();
    } else {
      for (const abort of aborts.values()) abort.abort();
      closing = true;
      void goOn();
    }
  });
}

/** Frees the picture's memory at once: a collector that sees only a small object would let dozens of them gather. */
function letGo({ picture }: Question): void {
  const { buffer } = picture.data;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function failureOf(error: unknown): Failure {
  if (error instanceof FramesiftError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}
