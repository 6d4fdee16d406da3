import { parentPort, workerData } from 'node:worker_threads';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Failure, Reply, Request } from './messages.ts';
import { openReader, type Reader, type ReaderOptions } from './reader.ts';

// The thread behind recognizer.ts: one picture after another, in the order asked.
if (parentPort === null) throw new Error('worker.ts is started by recognizer.ts');
const port = parentPort;
const running = new Map<number, AbortController>();
let turn = Promise.resolve();

const opening = openReader(workerData as ReaderOptions);
opening.then(
  () => reply({ type: 'ready' }),
  (error: unknown) => {
    reply({ type: 'failed', error: failureOf(error) });
    port.close();
  },
);

port.on('message', (request: Request) => {
  if (request.type === 'cancel') running.get(request.call)?.abort();
  else if (request.type === 'read') {
    const abort = new AbortController();
    running.set(request.call, abort);
    turn = turn.then(async () => answer(await opening, request, abort.signal));
  } else {
    for (const abort of running.values()) abort.abort();
    turn = turn.then(async () => {
      await (await opening)[Symbol.asyncDispose]();
      port.close();
    });
  }
});

async function answer(reader: Reader, request: Request & { type: 'read' }, signal: AbortSignal): Promise<void> {
  const { call, picture } = request;
  try {
    signal.throwIfAborted();
    reply({ type: 'reading', call, reading: await reader.read(picture, signal) });
  } catch (error) {
    reply({ type: 'refused', call, error: failureOf(error) });
  } finally {
    running.delete(call);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof FramesiftError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}

function reply(message: Reply): void {
  port.postMessage(message);
}
