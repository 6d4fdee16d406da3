import type { Picture } from '../../core/frame.ts';
import { openNetwork } from '../onnx.ts';
import { openWorkerDoor, type WorkerDoor } from '../worker-door/door.ts';
import type { Question } from '../worker-door/messages.ts';
import type { LineText } from './line.ts';
import { alphabetOf, readLine } from './recognize.ts';
import { readAlphabet, type Weights } from './weights.ts';

/** Reads lines as `cutLine` cuts them out; several may be asked for at once, and are answered in any order. */
export interface LineReader extends AsyncDisposable {
  /**
   * The line is handed over. Rejects with the signal's reason where it aborts before the line's turn has come, and with
   * FramesiftError `model` where reading fails or the reader was closed.
   */
  read(line: Picture, signal: AbortSignal): Promise<LineText>;
}

/** Throws FramesiftError `dependency` or `model` where the network cannot be loaded. */
export async function openLineReader({ recognition, dictionary }: Weights): Promise<LineReader> {
  const alphabet = alphabetOf(await readAlphabet(dictionary));
  const network = await openNetwork(recognition);
  return {
    read: (line) => readLine(line, network, alphabet),
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

/**
 * Columns of lines that a helper holds at least: what it reads while this thread is looking for lines and deals none.
 * That takes 120–180 ms, and 400 columns take 25 ms.
 */
const ahead = 2500;

interface Task {
  readonly line: Picture;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<LineText>;
}

interface Helper {
  readonly door: WorkerDoor<Question, LineText>;
  columns: number;
}

/**
 * Deals lines to `helpers` further threads and reads on this thread those that they have no room for. What is read in a
 * line hangs on its pixels alone, so it is the same whoever reads it.
 *
 * Throws FramesiftError `dependency` or `model` where the network cannot be loaded.
 */
export async function openLineReaders(weights: Weights, helpers: number): Promise<LineReader> {
  await using opened = new AsyncDisposableStack();
  const file = new URL('./line-worker', import.meta.url);
  const doors = Array.from({ length: helpers }, () => openWorkerDoor<Question, LineText>(file, weights, 'line reader'));
  opened.defer(() => closeAll(doors));
  const own = opened.use(await openLineReader(weights));
  const others = (await Promise.all(doors)).map((door): Helper => ({ door, columns: 0 }));
  const waiting: Task[] = [];
  let busy: Promise<void> | undefined;

  function deal(): void {
    for (const helper of others) {
      while (helper.columns < ahead && waiting.length > 0) void help(helper, waiting.shift()!);
    }
    if (busy === undefined && waiting.length > 0) {
      busy = settle(waiting.shift()!, ({ line, signal }) => own.read(line, signal)).then(() => (busy = undefined));
      void busy.then(deal);
    }
  }

  async function help(helper: Helper, task: Task): Promise<void> {
    const columns = task.line.width;
    helper.columns += columns;
    await settle(task, ({ line, signal }) => helper.door.ask({ picture: line }, signal));
    helper.columns -= columns;
    deal();
  }

  const networks = opened.move();
  return {
    read(line, signal) {
      const answer = Promise.withResolvers<LineText>();
      waiting.push({ line, signal, answer });
      deal();
      return answer.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const { answer } of waiting.splice(0)) answer.reject(new Error('The reader was closed.'));
      await busy;
      await networks.disposeAsync();
    },
  };
}

async function closeAll(opening: readonly Promise<AsyncDisposable>[]): Promise<void> {
  for (const one of await Promise.allSettled(opening)) {
    if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
  }
}

async function settle({ answer, ...task }: Task, read: (task: Omit<Task, 'answer'>) => Promise<LineText>) {
  try {
    task.signal.throwIfAborted();
    answer.resolve(await read(task));
  } catch (error) {
    answer.reject(error);
  }
}
