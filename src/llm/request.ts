import { RequestFailure } from './failure.ts';
import type { ModelRequest, Provider } from './provider.ts';

export interface Reply {
  readonly text: string;
  /** What the model thought aloud before it answered. */
  readonly thoughts: string;
  /** `endless`: it wrote more than the tokens it was given can be, and was stopped. */
  readonly end: 'stop' | 'length' | 'endless';
  readonly tokensIn?: number;
  readonly tokensReused?: number;
  readonly tokensOut?: number;
  readonly promptCut?: boolean;
  readonly firstTokenMs: number;
  /** Pieces that it came in. */
  readonly pieces: number;
}

/** No tokenizer has tokens that are this long on average: what is longer comes of a server that heeds no limit. */
const maxLettersPerToken = 32;
/** Beyond that; a server may spend some tokens more than it was given. */
const spareLetters = 4000;

export const maxLetters = (maxTokens: number): number => maxTokens * maxLettersPerToken + spareLetters;

/** The most letters of a whole body, with all that is around each token. */
export const maxBodyLetters = (maxTokens: number): number => 1_000_000 + maxTokens * 4000;

/**
 * One streamed request to its end, with its two time limits and a limit to what comes.
 * Throws RequestFailure, or the signal's reason; in both cases the stream was closed, which frees the server's slot.
 */
export async function request(
  provider: Provider,
  asked: ModelRequest,
  options: {
    readonly signal: AbortSignal;
    readonly firstTokenSeconds: number;
    readonly answerSeconds: number;
    /** Told how many letters come, each time some do. */
    readonly onWord?: (letters: number) => void;
  },
): Promise<Reply> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal.reason);
  options.signal.throwIfAborted();
  options.signal.addEventListener('abort', onAbort, { once: true });
  const late = (kind: 'first-token' | 'answer', seconds: number, what: string) =>
    setTimeout(() => stop.abort(new RequestFailure(kind, `no ${what} within ${seconds} s`)), seconds * 1000);
  const first = late('first-token', options.firstTokenSeconds, 'word');
  const whole = late('answer', options.answerSeconds, 'whole answer');
  const since = performance.now();
  let firstTokenMs: number | undefined;
  const texts: string[] = [];
  const thoughts: string[] = [];
  let letters = 0;
  const reply = (end: Reply['end']) => ({
    text: texts.join(''),
    thoughts: thoughts.join(''),
    end,
    firstTokenMs: firstTokenMs ?? performance.now() - since,
    pieces: texts.length + thoughts.length,
  });
  try {
    for await (const piece of provider.stream(asked, stop.signal)) {
      if (firstTokenMs === undefined) {
        firstTokenMs = performance.now() - since;
        clearTimeout(first);
      }
      if ('end' in piece) return { ...reply(piece.end), ...piece };
      const part = 'text' in piece ? piece.text : piece.thought;
      ('text' in piece ? texts : thoughts).push(part);
      options.onWord?.(part.length);
      letters += part.length;
      if (letters > maxLetters(asked.maxTokens)) return reply('endless');
    }
    throw new RequestFailure('connection', 'the answer was cut off');
  } finally {
    clearTimeout(first);
    clearTimeout(whole);
    options.signal.removeEventListener('abort', onAbort);
  }
}
