import { parentPort, workerData } from 'node:worker_threads';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Failure, Reply, Request } from './messages.ts';
import { openFaceReader, type ReaderOptions } from './reader.ts';

// The thread behind face-meter.ts: one picture after another, in the order sent.
if (parentPort === null) throw new Error('worker.ts is started by face-meter.ts');
const port = parentPort;
let turn = Promise.resolve();

const opening = openFaceReader(workerData as ReaderOptions);
opening.then(
  () => reply({ type: 'ready' }),
  (error: unknown) => {
    reply({ type: 'failed', error: failureOf(error) });
    port.close();
  },
);

port.on('message', (request: Request) => {
  if (request.type === 'read') turn = turn.then(() => answer(request));
  else {
    turn = turn.then(async () => {
      await (await opening)[Symbol.asyncDispose]();
      port.close();
    });
  }
});

async function answer({ call, picture, timeSeconds }: Request & { type: 'read' }): Promise<void> {
  try {
    const reading = await (await opening).read(picture, timeSeconds);
    reply({ type: 'reading', call, reading });
  } catch (error) {
    reply({ type: 'refused', call, error: failureOf(error) });
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof FramesiftError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}

function reply(message: Reply): void {
  port.postMessage(message);
}
