import type { EncodedImage } from './image.ts';
import type { Generation, ModelFacts } from './model.ts';

/** One request as every server understands it. */
export interface ModelRequest {
  readonly system: string | undefined;
  readonly prompt: string;
  readonly images: readonly EncodedImage[];
  /** JSON schema that the answer must fit. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly maxTokens: number;
  readonly generation: Generation;
}

/** What streams back: text as it is written, then one end. */
export type Piece =
  | { readonly text: string }
  | {
      readonly end: 'stop' | 'length';
      readonly tokensIn?: number;
      readonly tokensReused?: number;
      readonly tokensOut?: number;
    };

/** What a model is checked for. */
export interface Need {
  /** The most pictures of one question. */
  readonly images: number;
  /** The context window that the user asked for, tokens. */
  readonly numCtx: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * One model on one server, one request at a time per call and no second try: retries, slots and time-outs are the
 * caller's.
 */
export interface Provider extends AsyncDisposable {
  /** What slots are counted by: `http://127.0.0.1:11434`. */
  readonly address: string;
  /**
   * Asks the server whether this model is there, sees pictures and has room for `images` of them.
   * Throws FramesiftError `model`, one line that says what to do.
   */
  check(need: Need): Promise<ModelFacts>;
  /** True when something answers at the address. Never throws. */
  alive(signal: AbortSignal): Promise<boolean>;
  /**
   * Resolves when the model is in memory, where the server can be told to load it: a first question that waited for that
   * would look as if it had waited in a queue. Begun by `check`, never rejects.
   */
  readonly loaded?: Promise<void>;
  /** Throws RequestFailure, or the signal's reason; the server stops working on it when the signal aborts. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<Piece>;
}
