import { FramesiftError } from '../core/errors.ts';
import { remedyFor, tokensOfText, type PromptSize } from './context.ts';
import type { RequestFailure } from './failure.ts';
import type { ModelRequest, Provider } from './provider.ts';
import type { Reply } from './request.ts';
import type { Manner } from './abilities.ts';

/** A request under the manner that it was sent in. */
export type SentRequest = ModelRequest & { readonly manner: Manner | undefined };

/** What a model that thinks whatever it is told may spend on it, tokens, beside its answer. */
export const thinkingTokens = 2048;

/** Questions without JSON, of a server that never gave any, before the schema is told in words from the start. */
const unboundBeforeWords = 2;
/** Tokens of a picture are noted again where they differ by more than this share. */
const noteworthy = 0.1;

/** What a client learns of its servers by what they refuse and how they answer; what people should know, in one line each. */
export class Lessons {
  readonly #model: string;
  readonly #warn: (message: string) => void;
  readonly #imageSide: number | undefined;
  readonly #said = new Set<string>();
  /** Providers that have answered, and those whose first try was ever one that fits. */
  readonly #answered = new WeakSet<Provider>();
  readonly #fits = new WeakSet<Provider>();
  readonly #unbound = new WeakMap<Provider, number>();

  constructor(model: string, imageSide: number | undefined, warn: (message: string) => void = () => {}) {
    this.#model = model;
    this.#imageSide = imageSide;
    this.#warn = warn;
  }

  /**
   * What a server does not take of a request.
   *
   * @returns whether the same question is to be asked again at once, in another manner or with more room
   * @throws FramesiftError `model` where no question of this run can work
   */
  refused({ refusal, message }: RequestFailure, provider: Provider, asked: SentRequest): boolean {
    if (!refusal) return false;
    if (refusal.what === 'images') {
      const { most = 1 } = refusal;
      provider.abilities?.note({ images: most });
      const remedy = most >= 2 ? `Give --window ${most}.` : 'Start it with room for more, or ask another model.';
      const line = `${this.#model}: the server takes ${most === 1 ? 'one picture' : `${most} pictures`} in a message, and ${asked.images.length} are shown. ${remedy}`;
      if (!this.#answered.has(provider)) throw new FramesiftError('model', line);
      return false;
    }
    if (refusal.what === 'context') return this.#tooLong(refusal, message, provider, asked);
    return asked.manner !== undefined && (provider.abilities?.adapt(refusal.what, asked.manner) ?? false);
  }

  /** A reply came, whatever it holds. Returns whether the question is to be asked again at once. */
  replied(reply: Reply, provider: Provider, asked: SentRequest): boolean {
    this.#answered.add(provider);
    if (reply.promptCut) {
      const { contextTokens = 4096 } = provider;
      if (provider.makeRoom?.(contextTokens * 2)) return true;
      const remedy = remedyFor(
        this.#model,
        sizeOf(asked, this.#imageSide),
        contextTokens,
        (tokens) => provider.contextSetting(tokens),
        contextTokens * 2,
      );
      this.warn(
        `${this.#model}: the prompt was cut to the context of ${contextTokens} tokens; the model has not seen all that it was shown, and its answers may be wrong. ${remedy}`,
      );
    } else this.#countPictures(reply, provider, asked);
    const letters = reply.text.length + reply.thoughts.length;
    // A few words may come in one piece of a server that streams.
    if (reply.pieces > 1 || letters > 40) provider.abilities?.note({ streams: reply.pieces > 1 });
    return this.#thinks(reply, provider, asked);
  }

  /** The first try of a question fitted, or only the second one did, which was told the schema in words. */
  fitted(provider: Provider, manner: Manner | undefined, how: 'at once' | 'told in words'): void {
    if (how === 'at once') {
      this.#fits.add(provider);
      return;
    }
    if (this.#fits.has(provider) || !manner) return;
    const times = (this.#unbound.get(provider) ?? 0) + 1;
    this.#unbound.set(provider, times);
    if (times >= unboundBeforeWords) provider.abilities?.adapt('ignores-schema', manner);
  }

  /** Tells people, each line once. */
  warn(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#warn(message);
  }

  #tooLong(
    { needs, holds }: { readonly needs?: number; readonly holds?: number },
    message: string,
    provider: Provider,
    asked: SentRequest,
  ): boolean {
    const context = holds ?? provider.contextTokens;
    const room = needs === undefined ? 2 * (context ?? 2048) : needs + asked.maxTokens;
    if (provider.makeRoom?.(room)) return true;
    const size = sizeOf(asked, this.#imageSide);
    if (needs !== undefined && size.images > 0) {
      this.#notePicture(provider, (needs - (size.textTokens ?? 0)) / size.images);
    }
    const remedy =
      context === undefined
        ? `Give ${provider.contextSetting(room)}.`
        : remedyFor(this.#model, size, context, (tokens) => provider.contextSetting(tokens), room);
    const about = needs === undefined ? '' : ` (${needs} tokens, ${context ?? 'fewer'} fit)`;
    const line = `${this.#model}: ${size.images} frames and a question are more than the context holds${about}. ${remedy}`;
    if (!this.#answered.has(provider)) throw new FramesiftError('model', line, { cause: message });
    this.warn(line);
    return false;
  }

  #thinks({ text, thoughts, end }: Reply, provider: Provider, asked: SentRequest): boolean {
    if (thoughts === '' || !asked.manner) return false;
    const { abilities } = provider;
    const empty = text.trim() === '';
    // An answer that came all the same is good; from now on it is asked not to think.
    if (asked.manner.thinking === 'unasked') return (abilities?.adapt('thinks', asked.manner) ?? false) && empty;
    if (!empty || (end === 'stop' && thoughts.includes('{'))) return false;
    if (asked.manner.thinking !== 'off' || !abilities?.adapt('thinks', asked.manner)) return false;
    this.warn(
      `${this.#model}: it thinks before it answers and nothing switches that off; each answer gets ${thinkingTokens} tokens more for it. ` +
        'To save them start the server without (llama-server --reasoning-budget 0) or ask a model that does not think.',
    );
    return true;
  }

  #countPictures({ tokensIn }: Reply, provider: Provider, asked: SentRequest): void {
    const { images, textTokens = 0 } = sizeOf(asked, this.#imageSide);
    if (images === 0 || tokensIn === undefined) return;
    this.#notePicture(provider, (tokensIn - textTokens) / images);
  }

  #notePicture({ abilities }: Provider, each: number): void {
    const tokens = Math.round(each);
    if (!abilities || tokens < 16 || this.#imageSide === undefined) return;
    const { picture } = abilities.known;
    const known = picture?.side === this.#imageSide ? picture.tokens : 0;
    if (Math.abs(tokens - known) <= noteworthy * tokens) return;
    abilities.note({ picture: { side: this.#imageSide, tokens } });
  }
}

const sizeOf = ({ images, system = '', prompt, maxTokens }: ModelRequest, imageSide?: number): PromptSize => ({
  images: images.length,
  imageSide,
  textTokens: tokensOfText(system + prompt),
  answerTokens: maxTokens,
});
