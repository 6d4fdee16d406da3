import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { keepAddress } from '../core/secrets.ts';
import { jsonParts, picture } from './body.ts';
import { checkContext, contextFor } from './context.ts';
import { RequestFailure } from './failure.ts';
import { accepted, bodyOf, Connections, linesOf, type Reply } from './http.ts';
import type { Generation, ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';

/** After this the first question is asked all the same; its own time limits hold then. */
const loadMs = 300_000;

const Show = z.object({
  capabilities: z.array(z.string()).optional(),
  details: z.object({ families: z.array(z.string()).nullish() }).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
});
const Tags = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string().optional() })) });
const Line = z.object({
  message: z.object({ content: z.string().optional() }).optional(),
  done: z.boolean().optional(),
  done_reason: z.string().optional(),
  prompt_eval_count: z.number().optional(),
  eval_count: z.number().optional(),
  error: z.string().optional(),
});

/**
 * Ollama's own `/api/chat`, NDJSON: its OpenAI-compatible door takes neither `num_ctx` nor `top_k`.
 * Ollama does not say how many requests it works on at once (`OLLAMA_NUM_PARALLEL` cannot be read) nor how much of a
 * prompt it reused.
 */
export class OllamaProvider implements Provider {
  readonly address: string;
  readonly #model: string;
  readonly #connections: Connections;
  #contextTokens: number | undefined;
  #thinks = false;
  #loaded: Promise<void> | undefined;

  constructor(model: string, address: URL) {
    this.#model = model;
    this.address = keepAddress(address);
    this.#connections = new Connections(address);
  }

  async check({ images, numCtx, signal }: Need): Promise<ModelFacts> {
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
    const longest = Object.entries(facts.model_info ?? {}).find(([key]) => key.endsWith('.context_length'))?.[1];
    const contextTokens = typeof longest === 'number' ? longest : undefined;
    checkContext(this.#model, images, contextTokens, 'Give fewer frames (--window) or a model with a larger context.');
    checkContext(this.#model, images, numCtx, 'Give fewer frames (--window) or a larger --num-ctx.');
    this.#thinks = facts.capabilities?.includes('thinking') ?? false;
    this.#contextTokens = contextFor(this.#model, images, contextTokens);

    const tags = parse(Tags, await bodyOf(await this.#ask('/api/tags', undefined, signal)));
    const names = new Set([this.#model, `${this.#model}:latest`]);
    const digest = tags?.models.find((model) => names.has(model.name))?.digest ?? '';
    this.#loaded ??= this.#load(numCtx);
    return contextTokens === undefined ? { digest } : { digest, contextTokens };
  }

  /** Loading takes up to minutes; until the first question it goes on beside everything else. */
  get loaded(): Promise<void> {
    return this.#loaded ?? Promise.resolve();
  }

  /** A chat without messages loads the model. Another context window than the questions' would load it twice. */
  async #load(numCtx: number | undefined): Promise<void> {
    const num_ctx = numCtx ?? this.#contextTokens;
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
    const reply = await this.#connections.send('/api/chat', { body: this.#body(request), signal });
    await accepted(reply);
    let end: Piece | undefined;
    // Read on after the last line: a body that was read to its end leaves the connection free to be used again.
    for await (const text of linesOf(reply.text)) {
      const line = parse(Line, text);
      if (!line)
        throw new RequestFailure('server', `the server sent a line that is not Ollama's: ${text.slice(0, 80)}`);
      if (line.error !== undefined) throw new RequestFailure('server', line.error.slice(0, 200));
      if (line.message?.content) yield { text: line.message.content };
      if (line.done) {
        end = {
          end: line.done_reason === 'length' ? 'length' : 'stop',
          ...(line.prompt_eval_count === undefined ? {} : { tokensIn: line.prompt_eval_count }),
          ...(line.eval_count === undefined ? {} : { tokensOut: line.eval_count }),
        };
      }
    }
    if (!end) throw new RequestFailure('connection', 'the answer was cut off');
    yield end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections[Symbol.dispose]();
  }

  #body({ system, prompt, images, schema, maxTokens, generation }: ModelRequest): Buffer[] {
    const user = { role: 'user', content: prompt, images: images.map(() => picture) };
    const body = {
      model: this.#model,
      messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
      stream: true,
      format: schema,
      // Thinking would use up the answer's tokens before its first one. Servers refuse the word for other models.
      ...(this.#thinks ? { think: false } : {}),
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

function ollamaOptions(generation: Generation, maxTokens: number, contextTokens: number | undefined) {
  return {
    temperature: generation.temperature ?? 0,
    num_predict: maxTokens,
    ...((generation.numCtx ?? contextTokens) === undefined ? {} : { num_ctx: generation.numCtx ?? contextTokens }),
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
