import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { keepAddress, keepSecret } from '../core/secrets.ts';
import { Abilities, type AbilityStore, type Manner } from './abilities.ts';
import { jsonParts, picture } from './body.ts';
import { checkContext, tokensOfText, type PromptSize } from './context.ts';
import { RequestFailure } from './failure.ts';
import { accepted, bodyOf, Connections, errorTextIn, linesOf } from './http.ts';
import type { ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';
import { maxBodyLetters } from './request.ts';
import { withSchema } from './schema.ts';

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });
/** llama.cpp's server tells these; others answer 404. */
const Props = z.object({
  model_path: z.string().optional(),
  total_slots: z.number().int().positive().optional(),
  default_generation_settings: z.object({ n_ctx: z.number().optional() }).optional(),
  modalities: z.object({ vision: z.boolean().optional() }).optional(),
});
const Said = z.object({
  content: z.string().nullish(),
  /** Thoughts: llama.cpp, DeepSeek and vLLM, and vLLM's newer name. */
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
});
/** A piece of an answer, or the whole of one that is not streamed. */
const Chunk = z.object({
  choices: z
    .array(z.object({ delta: Said.nullish(), message: Said.nullish(), finish_reason: z.string().nullish() }))
    .nullish(),
  usage: z
    .object({
      prompt_tokens: z.number().optional(),
      completion_tokens: z.number().optional(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
  /** llama.cpp: `prompt_n` tokens were computed, `cache_n` were reused. */
  timings: z.object({ cache_n: z.number().optional(), prompt_n: z.number().optional() }).nullish(),
  error: z.unknown().optional(),
});
const Tokenized = z.object({ tokens: z.array(z.unknown()) });

/** Any server with OpenAI's `/chat/completions` and server-sent events: llama.cpp, vLLM, LM Studio, hosted ones. */
export class OpenAiProvider implements Provider {
  readonly address: string;
  readonly #base: URL;
  readonly #model: string;
  readonly abilities: Abilities;
  readonly #connections: Connections;
  readonly #headers: Readonly<Record<string, string>>;
  #contextTokens: number | undefined;

  /** `apiKey` goes into the Authorization header and nowhere else. */
  constructor(model: string, address: URL, apiKey: string | undefined, store?: AbilityStore) {
    this.#model = model;
    this.#base = address;
    this.address = keepAddress(address);
    if (apiKey) keepSecret(apiKey);
    this.#headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    this.#connections = new Connections(address, this.#headers);
    this.abilities = new Abilities(store);
  }

  get contextTokens(): number | undefined {
    return this.#contextTokens;
  }

  contextSetting(tokens: number): string {
    return `the server a context of ${tokens} tokens for each slot (llama-server -c, vLLM --max-model-len)`;
  }

  async check(need: Need): Promise<ModelFacts> {
    const { signal } = need;
    const { status, body } = await this.#read('/models', signal);
    if (status === 401 || status === 403) {
      throw new FramesiftError(
        'model',
        `${this.address} wants a key. Set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to the file that holds it.`,
      );
    }
    const models = parse(Models, body);
    // A server without a list of models may still answer; one that sends a web page will not.
    if (!models && (status < 300 || /^\s*</.test(body))) {
      throw new FramesiftError(
        'model',
        `${this.address} answers, but not as an OpenAI-compatible server does (a web page?). The address usually ends in /v1.`,
      );
    }
    if (!models) await this.#checkChat(signal);
    if (models && !models.data.some((model) => model.id === this.#model)) {
      const there = models.data.slice(0, 5).map((model) => model.id);
      throw new FramesiftError(
        'model',
        `The model ${this.#model} is not on ${this.address}. It has: ${there.join(', ') || 'none'}.`,
      );
    }
    const props = await this.#props(signal);
    if (props?.modalities?.vision === false) {
      throw new FramesiftError(
        'model',
        `The model ${this.#model} on ${this.address} cannot see pictures. Start the server with a vision model and its --mmproj file.`,
      );
    }
    // llama.cpp answers to any model name: the file is what tells one from another.
    const digest = props?.model_path?.split(/[\\/]/).at(-1) ?? '';
    await this.abilities.remember(this.address, this.#model, digest);
    const contextTokens = props?.default_generation_settings?.n_ctx;
    this.#contextTokens = contextTokens;
    const textTokens = need.longestText === '' ? undefined : await this.#count(need.longestText, props, signal);
    const { picture: seen } = this.abilities.known;
    const size: PromptSize = {
      ...need,
      textTokens,
      ...(seen && seen.side === need.imageSide ? { tokensPerImage: seen.tokens } : {}),
    };
    const notice = checkContext(this.#model, size, contextTokens, (tokens) => this.contextSetting(tokens));
    return {
      digest,
      ...(props?.total_slots === undefined ? {} : { slots: props.total_slots }),
      ...(contextTokens === undefined ? {} : { contextTokens }),
      notices: notice === undefined ? [] : [notice],
    };
  }

  async alive(signal: AbortSignal): Promise<boolean> {
    try {
      const reply = await this.#connections.send('/models', { signal });
      await bodyOf(reply);
      return reply.status < 500;
    } catch {
      return false;
    }
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    const reply = await this.#connections.send('/chat/completions', { body: this.#body(request), signal });
    await accepted(reply);
    const answer = new CompletionReader();
    const plain: string[] = [];
    for await (const line of linesOf(reply.text, maxBodyLetters(request.maxTokens))) {
      if (line.startsWith('data:')) yield* answer.read(line.slice('data:'.length).trim());
      // Not streamed, though it was asked for: a JSON document, which may be written over many lines.
      else if (!/^(event|id|retry)?:/.test(line)) plain.push(line);
    }
    if (answer.pieces === 0 && plain.length > 0) yield* answer.read(plain.join('\n'));
    yield answer.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections[Symbol.dispose]();
  }

  #body(request: ModelRequest): Buffer[] {
    const { system, images, schema, maxTokens, generation, manner = this.abilities.manner } = request;
    const prompt = manner.schema === 'json_schema' ? request.prompt : withSchema(request.prompt, schema);
    const content = [
      ...images.map(() => ({ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${picture}` } })),
      { type: 'text', text: prompt },
    ];
    const user = { role: 'user', content };
    const body = {
      model: this.#model,
      messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
      ...wordsOf(manner, schema),
      max_tokens: maxTokens,
      temperature: generation.temperature ?? 0,
      // Not in OpenAI's own API; llama.cpp and vLLM take it. Sent only when the user asked for it.
      ...(generation.topK === undefined ? {} : { top_k: generation.topK }),
      ...(generation.topP === undefined ? {} : { top_p: generation.topP }),
      ...(generation.seed === undefined ? {} : { seed: generation.seed }),
    };
    return jsonParts(body, images);
  }

  async #read(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    try {
      const reply = await this.#connections.send(path, { signal });
      return { status: reply.status, body: await bodyOf(reply) };
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      throw new FramesiftError(
        'model',
        `No server answers at ${this.address} (${error.message}). Check that it runs.`,
        {
          cause: error,
        },
      );
    }
  }

  /** A server without a list of models is asked for the one thing that it must have; an empty question is refused by it. */
  async #checkChat(signal: AbortSignal): Promise<void> {
    const body = jsonParts({}, []);
    const status = await this.#connections.send('/chat/completions', { body, signal }).then(
      async (reply) => (await bodyOf(reply), reply.status),
      () => undefined,
    );
    if (status !== 404 && status !== 405) return;
    throw new FramesiftError(
      'model',
      `${this.address} has no /chat/completions (${status}). The address of an OpenAI-compatible server usually ends in /v1.`,
    );
  }

  #props(signal: AbortSignal): Promise<z.infer<typeof Props> | undefined> {
    return this.#beside('/props', Props, signal);
  }

  /** Tokens of a text: llama.cpp counts them itself. */
  async #count(text: string, props: z.infer<typeof Props> | undefined, signal: AbortSignal): Promise<number> {
    const body = jsonParts({ content: text }, []);
    const counted = props && (await this.#beside('/tokenize', Tokenized, signal, body));
    const estimate = tokensOfText(text);
    return counted && counted.tokens.length > 0 ? counted.tokens.length + tokensOfText('') : estimate;
  }

  /** llama.cpp keeps its own paths beside `/v1`, not under it. Undefined where the server does not know this one. */
  async #beside<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal, body?: Buffer[]): Promise<T | undefined> {
    const root = new URL(this.#base);
    root.pathname = '/';
    using beside = new Connections(root, this.#headers);
    try {
      const reply = await beside.send(path, { signal, ...(body ? { body } : {}) });
      const text = await bodyOf(reply);
      return reply.status === 200 ? parse(shape, text) : undefined;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

const unread = /does not match the expected|failed to parse/i;

/** Reads an answer's events, or the one document of an answer that is not streamed. */
class CompletionReader {
  pieces = 0;
  #wrote = false;
  #end: 'stop' | 'length' | undefined;
  #done = false;
  #counts: Pick<z.infer<typeof Chunk>, 'usage' | 'timings'> = {};

  *read(data: string): Generator<Piece, void, undefined> {
    this.pieces += 1;
    // Read on after it: a body that was read to its end leaves the connection free to be used again.
    if (data === '[DONE]') {
      this.#done = true;
      return;
    }
    const chunk = parse(Chunk, data);
    if (!chunk)
      throw new RequestFailure('server', `the server sent an event that is not OpenAI's: ${data.slice(0, 80)}`);
    if (chunk.error !== undefined && chunk.error !== null) {
      const said = errorTextIn(JSON.stringify({ error: chunk.error }));
      // llama.cpp reads a model's words itself, and says so where it cannot. They have come all the same: they are ours to read.
      if (!this.#wrote || !unread.test(said)) throw new RequestFailure('server', said);
      this.#end ??= 'stop';
      return;
    }
    const choice = chunk.choices?.[0];
    const said = choice?.delta ?? choice?.message;
    const thought = said?.reasoning_content ?? said?.reasoning;
    this.#wrote ||= Boolean(thought || said?.content);
    if (thought) yield { thought };
    if (said?.content) yield { text: said.content };
    if (choice?.finish_reason) this.#end = choice.finish_reason === 'length' ? 'length' : 'stop';
    const { usage = this.#counts.usage, timings = this.#counts.timings } = chunk;
    this.#counts = { usage, timings };
  }

  /** Some servers close without [DONE]; the reason to finish is what tells a whole answer from a cut one. */
  end(): Piece {
    if (!this.#done && this.#end === undefined) throw new RequestFailure('connection', 'the answer was cut off');
    const { usage, timings } = this.#counts;
    const reused = timings?.cache_n ?? usage?.prompt_tokens_details?.cached_tokens ?? undefined;
    return {
      end: this.#end ?? 'stop',
      ...(usage?.prompt_tokens === undefined ? {} : { tokensIn: usage.prompt_tokens }),
      ...(reused === undefined ? {} : { tokensReused: reused }),
      ...(usage?.completion_tokens === undefined ? {} : { tokensOut: usage.completion_tokens }),
    };
  }
}

/** What binds the answer, how it comes and whether it is thought about. The last is llama.cpp's and vLLM's word. */
function wordsOf({ schema, stream, thinking }: Manner, json: ModelRequest['schema']): Record<string, unknown> {
  const format = {
    json_schema: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: json } },
    json_object: { type: 'json_object' },
    prompt: undefined,
  }[schema];
  return {
    stream: stream !== 'none',
    ...(stream === 'usage' ? { stream_options: { include_usage: true } } : {}),
    ...(format ? { response_format: format } : {}),
    ...(thinking === 'off' ? { chat_template_kwargs: { enable_thinking: false } } : {}),
  };
}

function parse<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
