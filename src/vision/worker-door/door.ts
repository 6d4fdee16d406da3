import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { FramesiftError } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import type { Failure, Question, Reply, Request } from './messages.ts';

/**
 * What a thread makes lives for one picture. Given all the room that V8 takes by default (96 MB), its new objects spread
 * over it within minutes; with this they stay where they are, for the same CPU time.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 12 } as const;

/** The way to a thread that looks at pictures. Whoever opens it disposes it. */
export interface WorkerDoor<Q extends Question, A> extends AsyncDisposable {
  /**
   * Asks about one picture, which is handed over: where its data fill an ArrayBuffer of their own, that is transferred
   * and empty afterwards. Questions are answered in the order asked.
   *
   * Rejects with the signal's reason once the thread has let go of the question, with FramesiftError `model` where the
   * door was closed, or with what the thread threw.
   */
  ask(question: Q, signal: AbortSignal): Promise<A>;
}

/**
 * Starts a thread whose file calls `serve` and waits until it is ready. A thread that has nothing to do keeps no process
 * alive.
 *
 * @param file what the thread runs, without its extension: `.ts` is taken from the sources, `.js` once built
 * @param settings handed to the thread as `workerData`
 * @param title what is said to be closed: `text recognizer`
 * @throws what the thread threw while it opened
 */
export async function openWorkerDoor<Q extends Question, A>(
  file: URL,
  settings: unknown,
  title: string,
): Promise<WorkerDoor<Q, A>> {
  const url = new URL(`${file.href}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`);
  // Without the program's own flags: `--input-type` of a `node -e` would keep the thread from starting.
  const worker = new Worker(url, { workerData: settings, execArgv: [], name: `framesift ${title}`, resourceLimits });
  const gone = (): FramesiftError => new FramesiftError('model', `The ${title} was closed.`);
  const ready = Promise.withResolvers<void>();
  const answers = new Map<number, PromiseWithResolvers<A>>();
  /** Why no more answers come. Handed to those who wait: a promise that all of them raced would keep them all alive. */
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    ready.reject(ended);
    for (const answer of answers.values()) answer.reject(ended);
  };
  worker.on('message', (reply: Reply<A>) => {
    if (reply.type === 'ready') ready.resolve();
    else if (reply.type === 'failed') ready.reject(errorOf(reply.error));
    else if (reply.type === 'answer') answers.get(reply.call)?.resolve(reply.answer);
    else answers.get(reply.call)?.reject(errorOf(reply.error));
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  void exited.then(() => end(gone()));
  try {
    await ready.promise;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.unref();

  let closed: Promise<void> | undefined;
  let calls = 0;
  const send = (request: Request<Q>, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(request, transfer);

  return {
    async ask(question, signal) {
      signal.throwIfAborted();
      if (closed !== undefined) throw gone();
      if (ended) throw ended;
      const call = calls++;
      const answer = Promise.withResolvers<A>();
      answers.set(call, answer);
      const cancel = (): void => send({ type: 'cancel', call });
      signal.addEventListener('abort', cancel, { once: true });
      worker.ref();
      try {
        const { picture, buffer } = owned(question.picture);
        send({ type: 'ask', call, question: { ...question, picture } }, [buffer]);
        const given = await answer.promise;
        signal.throwIfAborted();
        return given;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
        answers.delete(call);
        if (answers.size === 0 && closed === undefined) worker.unref();
      }
    },
    [Symbol.asyncDispose]() {
      closed ??= (async () => {
        worker.ref();
        send({ type: 'close' });
        await exited;
      })();
      return closed;
    },
  };
}

/** The picture on an ArrayBuffer that can be given away: its own where it fills one, else that of a copy. */
function owned(picture: Picture): { picture: Picture; buffer: ArrayBuffer } {
  const { buffer, byteLength } = picture.data;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !isMarkedAsUntransferable(buffer)) {
    return { picture, buffer };
  }
  const data = new Uint8Array(picture.data);
  return { picture: { ...picture, data }, buffer: data.buffer };
}

function errorOf(failure: Failure): Error {
  return failure.code === undefined ? new Error(failure.message) : new FramesiftError(failure.code, failure.message);
}
