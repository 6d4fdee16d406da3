import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { keepAddress, keepSecret } from '../core/secrets.ts';
import { jsonParts, picture } from './body.ts';
import { checkContext } from './context.ts';
import { RequestFailure } from './failure.ts';
import { accepted, bodyOf, Connections, linesOf } from './http.ts';
import type { ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });
/** llama.cpp's server tells these; others answer 404. */
const Props = z.object({
  model_path: z.string().optional(),
  total_slots: z.number().int().positive().optional(),
  default_generation_settings: z.object({ n_ctx: z.number().optional() }).optional(),
  modalities: z.object({ vision: z.boolean().optional() }).optional(),
});
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z
    .object({
      prompt_tokens: z.number().optional(),
      completion_tokens: z.number().optional(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
  /** llama.cpp: `prompt_n` tokens were computed, `cache_n` were reused. */
  timings: z.object({ cache_n: z.number().optional(), prompt_n: z.number().optional() }).optional(),
  error: z.unknown().optional(),
});

/** Any server with OpenAI's `/chat/completions` and server-sent events: llama.cpp, vLLM, LM Studio, hosted ones. */
export class OpenAiProvider implements Provider {
  readonly address: string;
  readonly #base: URL;
  readonly #model: string;
  readonly #connections: Connections;

  /** `apiKey` goes into the Authorization header and nowhere else. */
  constructor(model: string, address: URL, apiKey: string | undefined) {
    this.#model = model;
    this.#base = address;
    this.address = keepAddress(address);
    if (apiKey) keepSecret(apiKey);
    this.#connections = new Connections(address, apiKey ? { authorization: `Bearer ${apiKey}` } : {});
  }

  async check({ images, signal }: Need): Promise<ModelFacts> {
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
    const contextTokens = props?.default_generation_settings?.n_ctx;
    checkContext(
      this.#model,
      images,
      contextTokens,
      'Give fewer frames (--window) or start the server with a larger -c.',
    );
    return {
      // llama.cpp answers to any model name: the file is what tells one from another.
      digest: props?.model_path?.split(/[\\/]/).at(-1) ?? '',
      ...(props?.total_slots === undefined ? {} : { slots: props.total_slots }),
      ...(contextTokens === undefined ? {} : { contextTokens }),
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
    let end: 'stop' | 'length' | undefined;
    let counts: Pick<z.infer<typeof Chunk>, 'usage' | 'timings'> = {};
    let done = false;
    for await (const line of linesOf(reply.text)) {
      if (!line.startsWith('data:')) continue;
      const data = line.slice('data:'.length).trim();
      // Read on after it: a body that was read to its end leaves the connection free to be used again.
      if (data === '[DONE]') {
        done = true;
        continue;
      }
      const chunk = parse(Chunk, data);
      if (!chunk)
        throw new RequestFailure('server', `the server sent an event that is not OpenAI's: ${data.slice(0, 80)}`);
      if (chunk.error !== undefined) throw new RequestFailure('server', JSON.stringify(chunk.error).slice(0, 200));
      const choice = chunk.choices?.[0];
      if (choice?.delta?.content) yield { text: choice.delta.content };
      if (choice?.finish_reason) end = choice.finish_reason === 'length' ? 'length' : 'stop';
      if (chunk.usage || chunk.timings)
        counts = { usage: chunk.usage ?? counts.usage, timings: chunk.timings ?? counts.timings };
    }
    // Some servers close without [DONE]; the reason to finish is what tells a whole answer from a cut one.
    if (!done && end === undefined) throw new RequestFailure('connection', 'the answer was cut off');
    const { usage, timings } = counts;
    const reused = timings?.cache_n ?? usage?.prompt_tokens_details?.cached_tokens ?? undefined;
    yield {
      end: end ?? 'stop',
      ...(usage?.prompt_tokens === undefined ? {} : { tokensIn: usage.prompt_tokens }),
      ...(reused === undefined ? {} : { tokensReused: reused }),
      ...(usage?.completion_tokens === undefined ? {} : { tokensOut: usage.completion_tokens }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections[Symbol.dispose]();
  }

  #body({ system, prompt, images, schema, maxTokens, generation }: ModelRequest): Buffer[] {
    const content = [
      ...images.map(() => ({ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${picture}` } })),
      { type: 'text', text: prompt },
    ];
    const user = { role: 'user', content };
    const body = {
      model: this.#model,
      messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
      stream: true,
      stream_options: { include_usage: true },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
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

  /** llama.cpp keeps `/props` beside `/v1`, not under it. */
  async #props(signal: AbortSignal): Promise<z.infer<typeof Props> | undefined> {
    const root = new URL(this.#base);
    root.pathname = '/';
    using beside = new Connections(root);
    try {
      const reply = await beside.send('/props', { signal });
      const body = await bodyOf(reply);
      return reply.status === 200 ? parse(Props, body) : undefined;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function parse<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
