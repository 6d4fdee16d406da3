import type { Abilities, Manner } from './abilities.ts';
import type { PromptSize } from './context.ts';
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
  /** How the server is asked. Default: what the provider's `abilities` say. */
  readonly manner?: Manner | undefined;
}

/** What streams back: text and thoughts as they are written, then one end. */
export type Piece =
  | { readonly text: string }
  | { readonly thought: string }
  | {
      readonly end: 'stop' | 'length';
      readonly tokensIn?: number;
      readonly tokensReused?: number;
      readonly tokensOut?: number;
      /** The prompt was longer than the context, and the server left some of it out. */
      readonly promptCut?: boolean;
    };

/** What a model is checked for. */
export interface Need extends PromptSize {
  /** The longest text of a question, its system text included; empty where it is not known. */
  readonly longestText: string;
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
  /** What was found out of the server; undefined where there is none to find out about. */
  readonly abilities?: Abilities;
  /** Tokens that prompt and answer may take now; undefined where it is not known. Known after `check`. */
  readonly contextTokens?: number | undefined;
  /** Where the context is set, in words that follow "Give": `--num-ctx 4096`. */
  contextSetting(tokens: number): string;
  /**
   * Asks the server whether this model is there, sees pictures and has room for `images` of them.
   * Throws FramesiftError `model`, one line that says what to do.
   */
  check(need: Need): Promise<ModelFacts>;
  /** True when something answers at the address. Never throws. */
  alive(signal: AbortSignal): Promise<boolean>;
  /** Makes room for so many tokens, where it is not the user's or the server's to say how many. Returns whether it could. */
  makeRoom?(tokens: number): boolean;
  /**
   * Resolves when the model is in memory, where the server can be told to load it: a first question that waited for that
   * would look as if it had waited in a queue. Begun by `check`, never rejects.
   */
  readonly loaded?: Promise<void>;
  /** Throws RequestFailure, or the signal's reason; the server stops working on it when the signal aborts. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<Piece>;
}
