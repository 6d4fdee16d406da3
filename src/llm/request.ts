import { RequestFailure } from './failure.ts';
import type { ModelRequest, Provider } from './provider.ts';

export interface Reply {
  readonly text: string;
  readonly end: 'stop' | 'length';
  readonly tokensIn?: number;
  readonly tokensReused?: number;
  readonly tokensOut?: number;
  readonly firstTokenMs: number;
}

/**
 * One streamed request to its end, with its two time limits.
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
  const parts: string[] = [];
  try {
    for await (const piece of provider.stream(asked, stop.signal)) {
      if (firstTokenMs === undefined) {
        firstTokenMs = performance.now() - since;
        clearTimeout(first);
      }
      if ('text' in piece) {
        parts.push(piece.text);
        options.onWord?.(piece.text.length);
      } else return { ...piece, text: parts.join(''), firstTokenMs };
    }
    throw new RequestFailure('connection', 'the answer was cut off');
  } finally {
    clearTimeout(first);
    clearTimeout(whole);
    options.signal.removeEventListener('abort', onAbort);
  }
}
