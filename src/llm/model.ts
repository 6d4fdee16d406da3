/**
 * The port to vision-language models: images and a question in, a value that fits a schema out.
 *
 * ```ts
 * await using model = await openModel('ollama/gemma3:4b', { images: 1 });      // throws before any work is done
 * const { value } = await model.answer({ images: [jpeg], prompt: 'What is this?', schema }, { signal });
 * ```
 *
 * `answer` may be called as often as wanted without waiting: calls queue for the slots of the server, which every
 * model on the same address in this process shares.
 */
import type { z } from 'zod';
import type { Price } from '../core/run.ts';
import type { KnownAbilities } from './abilities.ts';
import type { EncodedImage } from './image.ts';

/** One question about some images. The images go first and the prompt last, so that servers reuse their prefix. */
export interface Question<T> {
  /** JPEGs, in the order in which they are shown. */
  readonly images: readonly (Uint8Array | EncodedImage)[];
  /** The same text for every question of a run, or the server cannot reuse the images' prefix. */
  readonly system?: string;
  readonly prompt: string;
  readonly schema: z.ZodType<T>;
  /** The most tokens the answer may take. Default 512. */
  readonly maxTokens?: number;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Lower is served first among the waiting. Default 0; equal ones are served in order of asking. */
  readonly priority?: number;
  /** Asks on this lane's slot instead of one of its own. */
  readonly lane?: Lane;
  /** Questions with the same object here go to one server of several, where it is there: it has their pictures then. */
  readonly together?: object;
  /** Called once, when the model writes its first word: it has read the pictures. Not called for a cached answer. */
  readonly onFirstWord?: () => void;
}

/** What all requests for one question took together, those that failed included. Times are milliseconds. */
export interface Effort {
  /** Requests that were made; 0 from the cache. */
  readonly attempts: number;
  /** Prompt tokens, images included; undefined where the server does not say. */
  readonly tokensIn?: number;
  /** Of those, how many the server took from a prefix it still had; undefined where it does not say. */
  readonly tokensReused?: number;
  readonly tokensOut?: number;
  /** From asking to a free slot, of all slots that were waited for. */
  readonly queueMs: number;
  /** From having a slot to the valid answer, or to giving up; the waits between requests included. */
  readonly answerMs: number;
  /** When each request was under way, as `performance.now()` gives it. */
  readonly requests: readonly { readonly startMs: number; readonly endMs: number }[];
}

/** What a model has taken since it was opened: each request, whatever became of it, and the tokens that servers told of. */
export interface Spent {
  readonly requests: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** What may be spent on a model, and what a million of its tokens cost. */
export interface Spending {
  readonly price: Price | undefined;
  /** Why nothing more may be asked; undefined as long as something may. */
  readonly spent: string | undefined;
  /** Counts what earlier parts of the same run have spent. */
  begin(tokens: { readonly tokensIn: number; readonly tokensOut: number }): void;
}

/** What an answer took. */
export interface Use extends Effort {
  readonly model: string;
  /** The address that answered. */
  readonly endpoint: string;
  /** True where the answer came from the cache and no model was asked: it took no tokens then. */
  readonly cached: boolean;
  /** From the request's start to the first text, of the attempt that was taken. */
  readonly firstTokenMs: number;
  /** Tokens, in and out, that the answer in the cache had taken and this one did not. */
  readonly tokensSaved?: number;
}

export interface Answer<T> {
  readonly value: T;
  /** What the model wrote. */
  readonly text: string;
  readonly use: Use;
}

/** What a server tells of a model. */
export interface ModelFacts {
  /** Changes when the model behind the name does; empty where the server does not say. */
  readonly digest: string;
  /** How many questions the server works on at once; undefined where it does not say. */
  readonly slots?: number;
  /** Tokens that prompt, images and answer may take together; undefined where it does not say. */
  readonly contextTokens?: number;
  /** Where an embedded model runs: `CPU`, or the graphics card's name. */
  readonly device?: string;
  /** The server works on one question of this model at a time, whatever it is set to. */
  readonly forcedSingleSlot?: boolean;
  /** Lines for people: that it does not run on the device that was asked for, that the context will be short. */
  readonly notices?: readonly string[];
}

/** A slot held for several questions, so that the server finds their images' prefix where it left it. */
export interface Lane extends Disposable {
  /** Milliseconds waited for slots since the lane was opened. */
  readonly waitedMs: number;
}

export interface VisionLanguageModel extends AsyncDisposable {
  /** As in `--model`, without the address: `ollama/llava:7b`. */
  readonly id: string;
  readonly facts: ModelFacts;
  /** Questions that may be asked at once now, all endpoints together; it changes while the run learns. */
  readonly concurrency: number;
  /** Calls `listener` after each change of `concurrency`, until disposed. */
  onConcurrency(listener: () => void): Disposable;
  readonly spent: Spent;
  /** What may be spent on it, where that is limited or has a price. */
  readonly budget: Spending | undefined;
  /** What was found out of each server so far; of an embedded model nothing. */
  readonly servers: readonly { readonly address: string; readonly abilities: KnownAbilities }[];
  /** Slots nobody holds or waits for now. */
  readonly free: number;
  /**
   * Throws FramesiftError `model` when the answer failed for good (an `AnswerError`, with the raw text where there is
   * one), and the signal's reason when it aborts; aborting frees the server's slot at once.
   */
  answer<T>(question: Question<T>, options: AskOptions): Promise<Answer<T>>;
  openLane(options: { readonly priority?: number }): Lane;
}

/** What a model keeps answers in. Values are opaque JSON; a lost or damaged one is simply asked again. */
export interface AnswerCache {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** Settings that reach the model; what is left out is the server's own default. */
export interface Generation {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** Context window in tokens (Ollama and embedded models; others fix it when they start). */
  readonly numCtx?: number;
  /** The most tokens an answer may take, instead of what each question says. */
  readonly numPredict?: number;
  readonly seed?: number;
  /** How long Ollama keeps the model loaded: `5m`, `-1`. */
  readonly keepAlive?: string;
}
