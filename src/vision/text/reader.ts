import type { Picture } from '../../core/frame.ts';
import type { TextBlock, TextReading } from '../../core/measurement.ts';
import { openNetwork } from '../onnx.ts';
import { detectLines } from './detect.ts';
import { joinPieces } from './join.ts';
import { boundsOf, type ReadLine } from './line.ts';
import { createLineMemory } from './memory.ts';
import { inReadingOrder } from './order.ts';
import { alphabetOf, readLine } from './recognize.ts';
import { chooseTitle } from './title.ts';
import { readAlphabet, type Weights } from './weights.ts';

/** Mean probability of its characters below which a line counts as not read. */
const readable = 0.6;

export interface ReaderOptions {
  readonly weights: Weights;
  /** Pixels along the longer side at which lines are looked for. */
  readonly detectionSide: number;
  readonly reuse: boolean;
  readonly threads: number;
}

/** Reads pictures on the thread that it is opened on, one at a time. */
export interface Reader extends AsyncDisposable {
  /**
   * Throws `signal`'s reason between two lines once it is aborted.
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
  const detection = opened.use(await openNetwork(weights.detection, { threads }));
  const recognition = opened.use(await openNetwork(weights.recognition, { threads }));
  const alphabet = alphabetOf(await readAlphabet(weights.dictionary));
  let memory = options.reuse ? createLineMemory() : undefined;
  const networks = opened.move();
  return {
    async read(given, signal, known) {
      const picture = inColour(given);
      const boxes = known ? known.map(({ box }) => box) : await detectLines(picture, detection, options.detectionSide);
      const all: TextReading['lines'][number][] = [];
      // One line may be recalled for several boxes.
      const lines = new Set<ReadLine>();
      let reused = 0;
      for (const [index, box] of boxes.entries()) {
        signal.throwIfAborted();
        const recalled = memory?.recall(picture, box);
        if (recalled !== undefined) reused += 1;
        const line = recalled ?? known?.[index]?.line ?? (await readLine(picture, box, recognition, alphabet));
        if (recalled === undefined) memory?.remember(picture, line);
        all.push({ box, line });
        if (line.text !== '' && line.confidence >= readable) lines.add(line);
      }
      return conclude([...lines], picture, { found: boxes.length, reused, lines: all });
    },
    forget() {
      memory = options.reuse ? createLineMemory() : undefined;
    },
    [Symbol.asyncDispose]: () => networks.disposeAsync(),
  };
}

function conclude(
  lines: readonly ReadLine[],
  picture: Picture,
  counts: Pick<TextReading, 'found' | 'reused' | 'lines'>,
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
