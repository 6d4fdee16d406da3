import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { keepAddress } from '../core/secrets.ts';
import { Abilities, type AbilityStore } from './abilities.ts';
import { jsonParts, picture } from './body.ts';
import { checkContext, contextFor, roundUp, tokensOfText, type PromptSize } from './context.ts';
import { RequestFailure } from './failure.ts';
import { refusalIn } from './refusal.ts';
import { accepted, bodyOf, Connections, linesOf, type Reply } from './http.ts';
import type { Generation, ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';
import { maxBodyLetters } from './request.ts';
import { withSchema } from './schema.ts';

/** After this the first question is asked all the same; its own time limits hold then. */
const loadMs = 300_000;

const Show = z.object({
  capabilities: z.array(z.string()).optional(),
  details: z.object({ family: z.string().nullish(), families: z.array(z.string()).nullish() }).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
});
const Tags = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string().optional() })) });
const Line = z.object({
  message: z.object({ content: z.string().nullish(), thinking: z.string().nullish() }).optional(),
  done: z.boolean().optional(),
  done_reason: z.string().optional(),
  prompt_eval_count: z.number().optional(),
  eval_count: z.number().optional(),
  error: z.string().optional(),
});

/**
 * Families for which Ollama works on one question at a time, whatever `OLLAMA_NUM_PARALLEL` says. Source:
 * `server/sched.go` of Ollama, August 2026.
 */
const oneAtATime = /^(mllama|qwen3vl(moe)?|qwen3?-?vl-?moe|qwen35(moe)?|qwen3\.5(moe)?|lfm2(moe)?|nemotron_h(_moe)?)$/;

/** Tokens by which Ollama's count of a prompt that it cut may miss the context's size. */
const cutWithin = 8;

/**
 * Ollama's own `/api/chat`, NDJSON: its OpenAI-compatible door takes neither `num_ctx` nor `top_k`.
 * Ollama does not say how many requests it works on at once (`OLLAMA_NUM_PARALLEL` cannot be read) nor how much of a
 * prompt it reused.
 */
export class OllamaProvider implements Provider {
  readonly address: string;
  readonly #model: string;
  readonly abilities: Abilities;
  readonly #connections: Connections;
  #contextTokens: number | undefined;
  /** The context that the model was made for. */
  #longest: number | undefined;
  #fixed = false;
  #loaded: Promise<void> | undefined;

  constructor(model: string, address: URL, store?: AbilityStore) {
    this.#model = model;
    this.address = keepAddress(address);
    this.#connections = new Connections(address);
    this.abilities = new Abilities(store);
  }

  get contextTokens(): number | undefined {
    return this.#contextTokens;
  }

  contextSetting(tokens: number): string {
    return tokens <= (this.#longest ?? Infinity) ? `--num-ctx ${tokens}` : 'a model with a larger context';
  }

  /** The context is ours to choose unless the user did. */
  makeRoom(tokens: number): boolean {
    const wanted = Math.min(roundUp(tokens), this.#longest ?? Infinity);
    if (this.#fixed || wanted <= (this.#contextTokens ?? 0)) return false;
    this.#contextTokens = wanted;
    return true;
  }

  async check(need: Need): Promise<ModelFacts> {
    const { signal } = need;
    const show = await this.#ask('/api/show', jsonParts({ model: this.#model }, []), signal);
    const body = await bodyOf(show);
    if (show.status === 404 && !looksLikeJson(show, body)) throw this.#notOllama();
    if (show.status === 404) {
      throw new FramesiftError(
        'model',
        `The model ${this.#model} is not on ${this.address}. Get it with: ollama pull ${this.#model}`,
      );
    }
    const facts = parse(Show, body);
    if (!looksLikeJson(show, body) || !facts || show.status >= 300) throw this.#notOllama();
    // Servers before 0.6 list no capabilities; there a picture model is known by its projector's family.
    const sees = facts.capabilities?.includes('vision') ?? facts.details?.families?.some((f) => /clip|mllama/.test(f));
    if (sees === false) {
      throw new FramesiftError(
        'model',
        `The model ${this.#model} cannot see pictures. Give a vision model, such as ollama/llava:7b or ollama/gemma3:4b.`,
      );
    }
    const tags = parse(Tags, await bodyOf(await this.#ask('/api/tags', undefined, signal)));
    const names = new Set([this.#model, `${this.#model}:latest`]);
    const digest = tags?.models.find((model) => names.has(model.name))?.digest ?? '';
    await this.abilities.remember(this.address, this.#model, digest);
    if (facts.capabilities?.includes('thinking') && this.abilities.manner.thinking === 'unasked')
      this.abilities.note({ manner: { ...this.abilities.manner, thinking: 'off' } });
    const notice = this.#chooseContext(need, facts);
    this.#loaded ??= this.#load();
    const { family, families } = facts.details ?? {};
    const single = [family, ...(families ?? [])].some((name) => typeof name === 'string' && oneAtATime.test(name));
    return {
      digest,
      ...(this.#longest === undefined ? {} : { contextTokens: this.#longest }),
      ...(single ? { slots: 1, forcedSingleSlot: true } : {}),
      notices: notice === undefined ? [] : [notice],
    };
  }

  /** The context that is asked for: the user's, or what the pictures of this run need. Returns a warning. */
  #chooseContext(need: Need, { model_info }: z.infer<typeof Show>): string | undefined {
    const longest = Object.entries(model_info ?? {}).find(([key]) => key.endsWith('.context_length'))?.[1];
    this.#longest = typeof longest === 'number' && longest > 0 ? longest : undefined;
    const { picture: seen } = this.abilities.known;
    const size: PromptSize = {
      ...need,
      ...(need.longestText === '' ? {} : { textTokens: tokensOfText(need.longestText) }),
      ...(seen && seen.side === need.imageSide ? { tokensPerImage: seen.tokens } : {}),
    };
    this.#fixed = need.numCtx !== undefined;
    this.#contextTokens = need.numCtx ?? contextFor(this.#model, size, this.#longest);
    const room = Math.min(this.#contextTokens, this.#longest ?? Infinity);
    return checkContext(this.#model, size, room, (tokens) => this.contextSetting(tokens));
  }

  /** Loading takes up to minutes; until the first question it goes on beside everything else. */
  get loaded(): Promise<void> {
    return this.#loaded ?? Promise.resolve();
  }

  /** A chat without messages loads the model. Another context window than the questions' would load it twice. */
  async #load(): Promise<void> {
    const num_ctx = this.#contextTokens;
    const body = { model: this.#model, messages: [], ...(num_ctx === undefined ? {} : { options: { num_ctx } }) };
    const signal = AbortSignal.timeout(loadMs);
    // What goes wrong here goes wrong with the first question too, and is told there.
    await this.#connections.send('/api/chat', { body: jsonParts(body, []), signal }).then(bodyOf, () => {});
  }

  async alive(signal: AbortSignal): Promise<boolean> {
    try {
      const reply = await this.#connections.send('/api/version', { signal });
      await bodyOf(reply);
      return reply.status < 500;
    } catch {
      return false;
    }
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    const contextTokens = this.#contextTokens;
    const reply = await this.#connections.send('/api/chat', { body: this.#body(request), signal });
    await accepted(reply);
    let end: Piece | undefined;
    // Read on after the last line: a body that was read to its end leaves the connection free to be used again. An answer
    // that is not streamed is one line.
    for await (const text of linesOf(reply.text, maxBodyLetters(request.maxTokens))) {
      const line = parse(Line, text);
      if (!line)
        throw new RequestFailure('server', `the server sent a line that is not Ollama's: ${text.slice(0, 80)}`);
      if (line.error !== undefined) throw failureIn(line.error);
      if (line.message?.thinking) yield { thought: line.message.thinking };
      if (line.message?.content) yield { text: line.message.content };
      if (line.done) end = this.#endOf(line, contextTokens);
    }
    if (!end) throw new RequestFailure('connection', 'the answer was cut off');
    yield end;
  }

  #endOf(line: z.infer<typeof Line>, contextTokens: number | undefined): Piece {
    const { prompt_eval_count: tokensIn, eval_count: tokensOut, done_reason } = line;
    // Ollama cuts a prompt to the context and does not say so: what the model saw is not what was shown then.
    const promptCut = tokensIn !== undefined && contextTokens !== undefined && tokensIn >= contextTokens - cutWithin;
    return {
      end: done_reason === 'length' ? 'length' : 'stop',
      ...(tokensIn === undefined ? {} : { tokensIn }),
      ...(tokensOut === undefined ? {} : { tokensOut }),
      ...(promptCut ? { promptCut } : {}),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections[Symbol.dispose]();
  }

  #body(request: ModelRequest): Buffer[] {
    const { system, images, schema, maxTokens, generation, manner = this.abilities.manner } = request;
    const prompt = manner.schema === 'json_schema' ? request.prompt : withSchema(request.prompt, schema);
    const user = { role: 'user', content: prompt, images: images.map(() => picture) };
    const body = {
      model: this.#model,
      messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
      stream: manner.stream !== 'none',
      ...(manner.schema === 'prompt' ? {} : { format: manner.schema === 'json_object' ? 'json' : schema }),
      // Thinking would use up the answer's tokens before its first one. Servers refuse the word for other models.
      ...(manner.thinking === 'off' ? { think: false } : {}),
      ...(generation.keepAlive === undefined ? {} : { keep_alive: generation.keepAlive }),
      options: ollamaOptions(generation, maxTokens, this.#contextTokens),
    };
    return jsonParts(body, images);
  }

  async #ask(path: string, body: readonly Buffer[] | undefined, signal: AbortSignal): Promise<Reply> {
    try {
      return await this.#connections.send(path, { ...(body === undefined ? {} : { body }), signal });
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      throw new FramesiftError(
        'model',
        `No Ollama server answers at ${this.address} (${error.message}). Start it with: ollama serve`,
        { cause: error },
      );
    }
  }

  #notOllama(): FramesiftError {
    return new FramesiftError(
      'model',
      `${this.address} answers, but not as Ollama does (a web page?). Check the address; for an OpenAI-compatible server write openai/MODEL@http://host:port/v1.`,
    );
  }
}

/** What Ollama says in the middle of an answer; of its own llama.cpp among others. */
function failureIn(error: string): RequestFailure {
  const refusal = refusalIn(400, error, error);
  const known = refusal?.what === 'context' || refusal?.what === 'images' ? refusal : undefined;
  return new RequestFailure(known ? 'request' : 'server', error.slice(0, 200), known ? { refusal: known } : {});
}

function ollamaOptions(generation: Generation, maxTokens: number, contextTokens: number | undefined) {
  return {
    temperature: generation.temperature ?? 0,
    num_predict: maxTokens,
    ...(contextTokens === undefined ? {} : { num_ctx: contextTokens }),
    ...(generation.topK === undefined ? {} : { top_k: generation.topK }),
    ...(generation.topP === undefined ? {} : { top_p: generation.topP }),
    ...(generation.seed === undefined ? {} : { seed: generation.seed }),
  };
}

function looksLikeJson(reply: Reply, body: string): boolean {
  return !reply.contentType.includes('html') && /^\s*[[{]/.test(body);
}

function parse<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
