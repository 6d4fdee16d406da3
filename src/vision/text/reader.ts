import type { Picture } from '../../core/frame.ts';
import type { TextBlock, TextReading } from '../../core/measurement.ts';
import { openNetwork } from '../onnx.ts';
import { detectLines } from './detect.ts';
import { foreignLines } from './foreign.ts';
import { joinPieces } from './join.ts';
import type { FoundLanguage } from './language-data.ts';
import { openLineReaders } from './line-readers.ts';
import { boundsOf, type LineBox, type ReadLine } from './line.ts';
import { createLineMemory } from './memory.ts';
import { inReadingOrder } from './order.ts';
import { cutLine } from './recognize.ts';
import { openRefiner } from './refine.ts';
import { chooseTitle } from './title.ts';
import type { Weights } from './weights.ts';

/** Mean probability of its characters below which a line counts as not read. */
const readable = 0.6;

export interface ReaderOptions {
  readonly weights: Weights;
  /** Pixels along the longer side at which lines are looked for. */
  readonly detectionSide: number;
  readonly reuse: boolean;
  /** Threads that read lines, this one among them. */
  readonly threads: number;
  /** Languages beside those that the weights know. */
  readonly languages: readonly FoundLanguage[];
}

/** A line that is being read, or was. */
interface FoundLine extends LineBox {
  readonly reading: Promise<ReadLine>;
}

/**
 * Reads pictures on the thread that it is opened on, and their lines on as many more as it was told. Lines are looked for
 * in one picture after another, and compared with those of the pictures before: for that nothing needs to be read. So
 * further pictures may be given while the lines of earlier ones are still read, and all comes out as if they had waited.
 */
export interface Reader extends AsyncDisposable {
  /**
   * Throws `signal`'s reason between two lines once it is aborted; what was not read then is not remembered.
   *
   * @param known what was read of this very picture before: then nothing is read, and later pictures find the lines
   *   remembered as if it had been
   */
  read(picture: Picture, signal: AbortSignal, known?: TextReading['lines']): Promise<TextReading>;
  /** Forgets the lines of pictures read so far, for what comes next is another video. */
  forget(): void;
}

/** Throws FramesiftError `dependency` or `model` where the networks cannot be loaded. */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  await using opened = new AsyncDisposableStack();
  const { weights, threads } = options;
  const detection = opened.use(await openNetwork(weights.detection));
  const lineReader = opened.use(await openLineReaders(weights, threads - 1));
  const refiner = options.languages.length > 0 ? opened.use(await openRefiner(options.languages)) : undefined;
  const newMemory = () => (options.reuse ? createLineMemory<FoundLine>() : undefined);
  let memory = newMemory();
  let turn: Promise<unknown> = Promise.resolve();
  const networks = opened.move();

  async function readBox(picture: Picture, box: LineBox, signal: AbortSignal): Promise<ReadLine> {
    const line = cutLine(picture, box);
    // Whoever reads it first keeps it.
    const again = refiner && { ...line, data: line.data.slice() };
    const first = await lineReader.read(line, signal);
    return { ...box, ...(again ? await refiner.refine(again, first) : first) };
  }

  return {
    async read(given, signal, known) {
      const picture = inColour(given);
      const lines = memory;
      const found = turn.then(async () => {
        signal.throwIfAborted();
        const boxes = known?.map(({ box }) => box) ?? (await detectLines(picture, detection, options.detectionSide));
        signal.throwIfAborted();
        return boxes.map((box, index) => {
          const before = lines?.recall(picture, box);
          // What another picture gave up this one still needs.
          if (before) return { box, reused: true, reading: before.reading.catch(() => readBox(picture, box, signal)) };
          const line = known?.[index]?.line;
          const reading = line ? Promise.resolve(line) : readBox(picture, box, signal);
          const entry = { ...(line ?? box), reading };
          lines?.remember(picture, entry);
          reading.catch(() => lines?.forget(entry));
          return { box, reused: false, reading };
        });
      });
      turn = found.catch(() => undefined);
      const read = await Promise.all(
        (await found).map(async ({ box, reading, ...rest }) => ({ ...rest, box, line: await reading })),
      );
      // One line may be recalled for several boxes.
      const unique = [...new Set(read.map(({ line }) => line))];
      const unread = weights.scripts === 'told' ? foreignLines(unique) : [];
      const foreign = new Set(unread.flatMap(({ lines: own }) => own));
      const readable = unique.filter((line) => isReadable(line) && !foreign.has(line));
      const reused = read.filter((one) => one.reused).length;
      const all = read.map(({ box, line }) => ({ box, line }));
      const told = unread.map(({ script, lines: own }) => ({ script, lines: own.length }));
      const counts = { found: read.length, reused, lines: all, ...(told.length > 0 ? { unread: told } : {}) };
      return conclude(readable, picture, counts);
    },
    forget() {
      memory = newMemory();
    },
    [Symbol.asyncDispose]: () => networks.disposeAsync(),
  };
}

const isReadable = ({ text, confidence }: ReadLine): boolean => text !== '' && confidence >= readable;

function conclude(
  lines: readonly ReadLine[],
  picture: Picture,
  counts: Pick<TextReading, 'found' | 'reused' | 'lines' | 'unread'>,
): TextReading {
  const ordered = inReadingOrder(joinPieces(lines));
  const blocks = ordered.map((line): TextBlock => {
    return { text: line.text, box: boundsOf(line, picture.width, picture.height), confidence: line.confidence };
  });
  const length = blocks.reduce((sum, block) => sum + block.text.length, 0);
  const title = chooseTitle(ordered, picture.height);
  return {
    state: blocks.length > 0 ? 'read' : counts.found > 0 ? 'unreadable' : 'none',
    blocks,
    text: blocks.map((block) => block.text).join('\n'),
    ...(title === undefined ? {} : { title }),
    confidence:
      length === 0 ? 0 : blocks.reduce((sum, block) => sum + block.confidence * block.text.length, 0) / length,
    ...counts,
  };
}

function inColour(picture: Picture): Picture {
  if (picture.channels === 3) return picture;
  const data = new Uint8Array(picture.data.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = picture.data[Math.floor(i / 3)]!;
  return { ...picture, data, channels: 3 };
}
