import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Budget } from './budget.ts';
import type { Endpoint, Served } from './endpoint.ts';
import { AnswerError, RequestFailure } from './failure.ts';
import { EncodedImage } from './image.ts';
import type {
  Answer,
  AnswerCache,
  AskOptions,
  Effort,
  Generation,
  Lane,
  ModelFacts,
  Question,
  Spent,
  VisionLanguageModel,
} from './model.ts';
import { EffortTally, SpentTally } from './effort.ts';
import { SlotLane } from './lane.ts';
import { Lessons, thinkingTokens, type SentRequest } from './lessons.ts';
import { orAbort } from './or-abort.ts';
import type { ModelRequest, Provider } from './provider.ts';
import { request, type Reply } from './request.ts';
import { jsonSchemaOf, readAnswer, withSchema } from './schema.ts';

export interface ClientOptions {
  readonly generation: Generation;
  readonly cache: AnswerCache | undefined;
  readonly budget?: Budget | undefined;
  /** Seconds until the first text, the server's own queue and loading the model included. */
  readonly firstTokenSeconds: number;
  /** Seconds until the whole answer. */
  readonly answerSeconds: number;
  /** Seconds that a server may be away before the run stops. */
  readonly awaySeconds: number;
  /** Requests for one answer, at most, where the server fails. */
  readonly attempts: number;
  /** Milliseconds before the second request; doubled for each further one. */
  readonly backoffMs: number;
  /** Seconds that a server may ask to be left alone for; nobody waits longer because it says so. */
  readonly retryAfterSeconds: number;
  /** Longest side of the pictures, pixels, where it is the same for all. */
  readonly imageSide?: number | undefined;
  /** Told in one line what people should know of the model or its server. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

let opened = 0;

/** One question under way. */
interface Asking {
  readonly lane: SlotLane;
  readonly signal: AbortSignal;
  readonly onFirstWord: (() => void) | undefined;
}

/**
 * A model behind one or several endpoints: cache → slot → request → check, with second tries. Of several clients that
 * wait for slots of one endpoint, the one that was made first comes first: the videos of a batch are finished one after
 * another, and while the next one is opened the slots have work.
 */
export class ModelClient implements VisionLanguageModel {
  readonly id: string;
  readonly facts: ModelFacts;
  readonly #served: readonly Served[];
  readonly #options: ClientOptions;
  readonly #close: () => Promise<void>;
  readonly #turn = (opened += 1);
  readonly #spent = new SpentTally();
  readonly #lessons: Lessons;
  readonly #homes = new WeakMap<object, Endpoint>();

  /** `close` releases what was opened for this model; called once. */
  constructor(
    id: string,
    facts: ModelFacts,
    served: readonly Served[],
    options: ClientOptions,
    close: () => Promise<void>,
  ) {
    this.id = id;
    this.facts = facts;
    this.#served = served;
    this.#options = options;
    this.#close = close;
    this.#lessons = new Lessons(id, options.imageSide, options.onWarning);
  }

  get spent(): Spent {
    return this.#spent.spent;
  }

  get budget(): Budget | undefined {
    return this.#options.budget;
  }

  get servers(): VisionLanguageModel['servers'] {
    return this.#served.flatMap(({ provider: { address, abilities } }) =>
      abilities ? [{ address, abilities: abilities.known }] : [],
    );
  }

  get concurrency(): number {
    return this.#served.reduce((sum, { endpoint }) => sum + endpoint.slots.limit, 0);
  }

  onConcurrency(listener: () => void): Disposable {
    const all = new DisposableStack();
    for (const { endpoint } of this.#served) all.use(endpoint.slots.onLimit(listener));
    return all;
  }

  get free(): number {
    return this.#served.reduce((sum, { endpoint }) => sum + endpoint.slots.free, 0);
  }

  openLane({ priority = 0 }: { readonly priority?: number }): Lane {
    return new SlotLane(this.#served, this.#turn, priority);
  }

  async answer<T>(question: Question<T>, options: AskOptions): Promise<Answer<T>> {
    const { signal, priority = 0, lane, together, onFirstWord } = options;
    signal.throwIfAborted();
    const ask: ModelRequest = {
      system: question.system,
      prompt: question.prompt,
      images: question.images.map((image) => (image instanceof EncodedImage ? image : new EncodedImage(image))),
      schema: jsonSchemaOf(question.schema),
      maxTokens: this.#options.generation.numPredict ?? question.maxTokens ?? defaultMaxTokens,
      generation: this.#options.generation,
    };
    const key = this.#options.cache && this.#keyOf(ask);
    if (key !== undefined) {
      const answer = await this.#remembered(key, question);
      if (answer) return answer;
    }
    if (lane && !(lane instanceof SlotLane)) throw new TypeError('lane: not one of this model');
    using own = lane ? undefined : new SlotLane(this.#served, this.#turn, priority, this.#homeOf(together));
    const answer = await this.#ask(question, ask, { lane: lane ?? (own as SlotLane), signal, onFirstWord });
    if (key !== undefined) {
      const { tokensIn, tokensOut, answerMs } = answer.use;
      // A full disk must not lose an answer that was paid for.
      await this.#options.cache?.set(key, { text: answer.text, tokensIn, tokensOut, answerMs }).catch(() => {});
    }
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** Where the questions that belong together go: to the least loaded server when the first of them is asked. */
  #homeOf(together: object | undefined): Endpoint | undefined {
    if (!together || this.#served.length === 1) return undefined;
    let home = this.#homes.get(together);
    if (!home?.slots.open) {
      const load = ({ slots }: Endpoint): number => (slots.inUse + slots.waiting) / slots.limit;
      const open = this.#served.map(({ endpoint }) => endpoint).filter(({ slots }) => slots.open);
      home = open.toSorted((a, b) => load(a) - load(b))[0];
      if (home) this.#homes.set(together, home);
    }
    return home;
  }

  async #ask<T>(question: Question<T>, first: ModelRequest, asking: Asking): Promise<Answer<T>> {
    const { lane } = asking;
    const began = performance.now();
    const waitedBefore = lane.waitedMs;
    const tally = new EffortTally(this.#spent);
    const effort = (): Effort => {
      const queueMs = lane.waitedMs - waitedBefore;
      return tally.effort(queueMs, performance.now() - began - queueMs);
    };
    let asked = first;
    for (let secondTry = false; ; secondTry = true) {
      const { reply, served, sent } = await this.#untilReply(asked, asking, tally, effort);
      const read = readReply(reply, sent, question.schema);
      if ('value' in read) {
        const { address } = served.endpoint;
        if (!secondTry) this.#lessons.fitted(served.provider, sent.manner, 'at once');
        else if (asked.prompt.includes(schemaMark)) this.#lessons.fitted(served.provider, sent.manner, 'told in words');
        const use = { ...effort(), model: this.id, endpoint: address, cached: false, firstTokenMs: reply.firstTokenMs };
        return { value: read.value, text: read.text, use };
      }
      if (secondTry) {
        throw new AnswerError(
          reply.end === 'length' ? 'truncated' : 'invalid',
          `${this.id}: the answer could not be used: ${read.problem} (asked ${tally.attempts} times)`,
          { raw: read.text, effort: effort() },
        );
      }
      asked = { ...first, maxTokens: first.maxTokens * 2, prompt: secondPrompt(first, read.problem, reply.end) };
    }
  }

  /** Requests until one is answered, whatever the answer is. */
  async #untilReply(
    asked: ModelRequest,
    { lane, signal, onFirstWord }: Asking,
    tally: EffortTally,
    effort: () => Effort,
  ): Promise<{ reply: Reply; served: Served; sent: SentRequest }> {
    for (let failures = 0; ;) {
      const served = await lane.slot(signal);
      const { endpoint, provider } = served;
      if (provider.loaded) await orAbort(provider.loaded, signal);
      const sent = inMannerOf(provider, asked);
      this.#checkBudget(effort);
      const done = tally.request();
      try {
        const reply = this.#counted(await this.#watched(served, sent, signal, onFirstWord), sent);
        done(reply);
        if (reply) {
          endpoint.requested(true);
          if (!this.#lessons.replied(reply, provider, sent)) return { reply, served, sent };
          continue;
        }
        tally.recalled();
        lane.drop();
      } catch (error) {
        done();
        if (!(error instanceof RequestFailure)) throw error;
        if (error.kind === 'answer' || error.kind === 'first-token') this.budget?.lost(sent);
        if (this.#lessons.refused(error, provider, sent)) continue;
        endpoint.requested(false);
        if (error.kind !== 'request') failures += await this.#recover(error, failures, served, lane, signal);
        const hopeless = error.kind === 'request' || (error.kind !== 'busy' && endpoint.failsAlways);
        if (!hopeless && failures < this.#options.attempts) continue;
        const tries = error.kind !== 'request' && tally.attempts > 1 ? ` (${tally.attempts} tries)` : '';
        throw new AnswerError(error.kind, `${this.id}: ${error.message}${tries}`, { cause: error, effort: effort() });
      }
    }
  }

  /** @throws AnswerError `budget` where nothing more may be asked */
  #checkBudget(effort: () => Effort): void {
    const spent = this.budget?.spent;
    if (spent !== undefined) throw new AnswerError('budget', `${this.id}: ${spent}`, { effort: effort() });
  }

  #counted(reply: Reply | undefined, sent: SentRequest): Reply | undefined {
    const { budget } = this;
    if (!reply || !budget) return reply;
    const counted = budget.count(reply, sent);
    if (budget.estimates) {
      this.#lessons.warn(
        `${this.id}: the server does not tell how many tokens it takes; the budget counts them by length.`,
      );
    }
    return counted;
  }

  /** Waits as the failure asks for. Returns 1 where the failure counts as a try, 0 where the server was away. */
  async #recover(
    failure: RequestFailure,
    failures: number,
    { endpoint, provider }: Served,
    lane: SlotLane,
    signal: AbortSignal,
  ): Promise<0 | 1> {
    const { kind } = failure;
    if (kind === 'refused' || kind === 'connection') {
      // Another endpoint may be free meanwhile: the lane gives its slot back and takes whichever comes first.
      lane.drop();
      const others = this.#served.some((served) => served.endpoint !== endpoint && served.endpoint.slots.open);
      const back = endpoint.back(provider, failure.message, { limitSeconds: this.#options.awaySeconds, signal });
      if (others) {
        back.catch(() => {});
        if (kind === 'refused') return 0;
      } else if (await back) return 0;
    }
    // A server that is busy says so and asks for patience; one that fails with everything is not worth the wait.
    if (failures + 1 < this.#options.attempts && (kind === 'busy' || !endpoint.failsAlways)) {
      lane.drop();
      const wait = this.#options.backoffMs * 2 ** failures;
      // Full jitter: clients that failed together must not come back together.
      const told = Math.min(failure.retryAfterMs ?? 0, this.#options.retryAfterSeconds * 1000);
      await sleep(Math.max(told, Math.random() * wait), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    return 1;
  }

  /** One request under the finder's eyes; undefined where it was called back out of the server's queue. */
  async #watched(
    { endpoint: { slots }, provider }: Served,
    asked: ModelRequest,
    signal: AbortSignal,
    onFirstWord: (() => void) | undefined,
  ): Promise<Reply | undefined> {
    const recalled = new AbortController();
    const watch = slots.finder.watch(() => recalled.abort(new Error('called back')));
    const within = AbortSignal.any([signal, recalled.signal]);
    let answered = false;
    try {
      const onWord = (letters: number): void => {
        watch.word(letters);
        onFirstWord?.();
      };
      const reply = await request(provider, asked, { ...this.#options, signal: within, onWord });
      answered = true;
      return reply;
    } catch (error) {
      if (recalled.signal.aborted && !signal.aborted) return undefined;
      if (error instanceof RequestFailure && error.kind === 'busy') watch.refused();
      throw error;
    } finally {
      watch.end(answered);
    }
  }

  async #remembered<T>(key: string, question: Question<T>): Promise<Answer<T> | undefined> {
    const since = performance.now();
    const kept = KeptAnswer.safeParse(await this.#options.cache?.get(key).catch(() => undefined)).data;
    const read = kept && readAnswer(kept.text, question.schema);
    if (!kept || !read || !('value' in read)) return undefined;
    const answerMs = performance.now() - since;
    const tokensSaved = (kept.tokensIn ?? 0) + (kept.tokensOut ?? 0);
    return {
      value: read.value,
      text: kept.text,
      use: {
        ...(tokensSaved > 0 ? { tokensSaved } : {}),
        model: this.id,
        endpoint: 'cache',
        cached: true,
        queueMs: 0,
        firstTokenMs: answerMs,
        answerMs,
        attempts: 0,
        requests: [],
      },
    };
  }

  /** SHA-256 over all that can change an answer; the keep-alive time cannot. */
  #keyOf({ images, system, prompt, schema, maxTokens, generation }: ModelRequest): string {
    const { keepAlive: _, ...settings } = generation;
    // A server that does not say what is behind a name is only ever compared with itself.
    const digest = this.facts.digest || this.#served.map(({ endpoint }) => endpoint.address).sort();
    const parts = [1, this.id, digest, images.map((i) => i.sha256), system, prompt, schema, maxTokens, settings];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }
}

/** As the server is asked now; one that thinks whatever it is told gets room for it, unless the user said how much. */
function inMannerOf({ abilities }: Provider, asked: ModelRequest): SentRequest {
  const manner = abilities?.manner;
  const thinks = manner?.thinking === 'stubborn' && asked.generation.numPredict === undefined;
  return { ...asked, manner, maxTokens: asked.maxTokens + (thinks ? thinkingTokens : 0) };
}

/** The value in a reply; some models put the answer where their thoughts belong. */
function readReply<T>(
  { text, thoughts, end }: Reply,
  { maxTokens }: SentRequest,
  schema: z.ZodType<T>,
): { readonly text: string } & ({ readonly value: T } | { readonly problem: string }) {
  const answer = text.trim() === '' ? thoughts : text;
  if (end === 'endless') return { text: answer, problem: `it did not end after ${answer.length} letters` };
  if (end === 'length') {
    const why = text.trim() === '' && thoughts !== '' ? ', all of them spent on thinking' : '';
    return { text: answer, problem: `it was cut off after ${maxTokens} tokens${why}` };
  }
  return { text: answer, ...readAnswer(answer, schema) };
}

/**
 * The same words at temperature 0 would bring the same answer; the end is the one place that keeps the prefix. Where no
 * JSON came, the server may bind nothing to the schema, and is told it in words.
 */
function secondPrompt({ prompt, schema }: ModelRequest, problem: string, end: Reply['end']): string {
  if (end === 'length') return prompt;
  const asked = /JSON/.test(problem) ? withSchema(prompt, schema) : prompt;
  return `${asked}\nAn earlier answer could not be used: ${problem}.`;
}

const schemaMark = 'It must fit this JSON schema: ';

const KeptAnswer = z.object({
  text: z.string(),
  tokensIn: z.number().nonnegative().optional(),
  tokensOut: z.number().nonnegative().optional(),
});

/** Enough for a short JSON answer with its reason; a cut one is asked again with twice as much. */
const defaultMaxTokens = 512;
