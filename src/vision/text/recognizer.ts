import { FramesiftError } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import type { TextReading } from '../../core/measurement.ts';
import { openWorkerDoor } from '../worker-door/door.ts';
import type { Question } from '../worker-door/messages.ts';
import type { ReaderOptions } from './reader.ts';
import { findLanguages } from './language-data.ts';
import { languagesOf, unreadAdvice } from './languages.ts';
import type { Script } from './script-model.ts';
import { findWeights } from './weights.ts';

/** Reads the text of pictures, away from the main thread. */
export interface TextRecognizer extends AsyncDisposable {
  readonly id: string;
  readonly models: readonly { readonly use: string; readonly id: string; readonly version?: string }[];
  /**
   * The text of one picture; its boxes are in the picture's own pixels. **The picture is handed over**: where its data
   * fills an ArrayBuffer of its own, that is transferred and empty afterwards. Pictures wait their turn on the
   * reading thread, which takes them in the order given.
   *
   * Rejects with the signal's reason as soon as it is aborted, with FramesiftError `model` where reading fails.
   */
  read(picture: Picture, options: ReadOptions): Promise<TextReading>;
  /** Says that the next picture is of another video: lines of earlier ones are not taken over. */
  beginVideo(): void;
  /** What was met in the video and could not be read, a line for each script with what would help. */
  notices(): readonly string[];
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** What was read of this very picture before: it is taken over, and remembered as if it had been read now. */
  readonly known?: TextReading['lines'];
}

/** What crosses to the reading thread. */
export interface TextQuestion extends Question {
  readonly known?: TextReading['lines'];
  readonly newVideo: boolean;
}

export interface TextRecognizerOptions {
  /**
   * Pixels along the longer side at which lines are looked for first; with small text they are looked for again at
   * four thirds of it. Default 960, which reads as well as 1280 at two thirds of the cost.
   */
  readonly detectionSide?: number;
  /** Folder with det.onnx, rec.onnx and keys.txt in PaddleOCR's layout (`--text-model`). Default: PP-OCRv4. */
  readonly modelFolder?: string;
  /** Whether lines whose pixels have not changed are taken over from earlier pictures. Default true. */
  readonly reuse?: boolean;
  /** ISO 639-1 codes of further languages, such as `de`. They need packages of their own. Default: none. */
  readonly languages?: readonly string[];
  /** Threads that read; nothing of what is read hangs on it. Default 1. */
  readonly threads?: number;
}

/** Pictures that may wait for their turn: more means that the caller does not await, and would fill the memory. */
const maxWaiting = 16;
/** A single line may be misjudged: nothing is said of it. */
const minUnread = 2;
const title = 'text recognizer';

/**
 * Starts the reading thread and loads the networks. Whoever opens it disposes it; a thread that has nothing to do
 * keeps no process alive.
 *
 * Throws FramesiftError `dependency` where onnxruntime-node, the weights or a language are not installed, `usage` where a
 * language is not known, `model` where
 * `modelFolder` lacks a file or holds one that cannot be loaded.
 */
export async function openTextRecognizer(options: TextRecognizerOptions = {}): Promise<TextRecognizer> {
  const weights = await findWeights(options.modelFolder);
  const languages = await findLanguages(languagesOf(options.languages ?? []));
  const settings: ReaderOptions = {
    weights,
    detectionSide: options.detectionSide ?? 960,
    reuse: options.reuse ?? true,
    threads: options.threads ?? 1,
    languages,
  };
  const door = await openWorkerDoor<TextQuestion, TextReading>(new URL('./worker', import.meta.url), settings, title);
  let waiting = 0;
  let newVideo = false;
  const unread = new Map<string, { pictures: number; lines: number }>();

  return {
    id: weights.id,
    models: [
      { use: 'text', id: weights.id, ...(weights.version === undefined ? {} : { version: weights.version }) },
      ...languages.map(({ data }) => ({ use: 'text', id: `tesseract ${data}` })),
    ],
    async read(picture, { signal, known }) {
      signal.throwIfAborted();
      if (waiting >= maxWaiting) {
        throw new FramesiftError('usage', `More than ${maxWaiting} pictures wait to be read: await the readings.`);
      }
      waiting += 1;
      const question = { picture, newVideo, ...(known ? { known } : {}) };
      newVideo = false;
      const reading = door.ask(question, signal);
      const ended = (): number => (waiting -= 1);
      const noted = ({ unread: found = [] }: TextReading): void => {
        ended();
        for (const { script, lines } of found) {
          const before = unread.get(script) ?? { pictures: 0, lines: 0 };
          unread.set(script, { pictures: before.pictures + 1, lines: before.lines + lines });
        }
      };
      reading.then(noted, ended);
      return unlessAborted(reading, signal);
    },
    beginVideo() {
      newVideo = true;
      unread.clear();
    },
    notices: () =>
      [...unread]
        .filter(([, { lines }]) => lines >= minUnread)
        .map(([script, { pictures }]) => unreadAdvice(script as Script, pictures)),
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => undefined);
  }
}
