/** A request as both doors understand it. */
export interface SimulatedRequest {
  readonly system: string | undefined;
  readonly prompt: string;
  /** Base64. */
  readonly images: readonly string[];
  readonly imagesFirst: boolean;
  readonly schema: unknown;
  readonly maxTokens: number;
  /** By what the answer is to be bound. */
  readonly format: 'json_schema' | 'json_object' | undefined;
  readonly streamed: boolean;
  /** Whether the tokens of a stream are to be counted at its end. */
  readonly wantsUsage: boolean;
  readonly toldNotToThink: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

interface Counts {
  readonly tokensIn: number;
  readonly tokensReused: number;
  readonly tokensOut: number;
}

/** How one server's language reads a request and writes an answer. */
export interface Dialect {
  readonly contentType: string;
  read(body: Readonly<Record<string, unknown>>): SimulatedRequest;
  text(part: string): string;
  thought(part: string): string;
  end(reason: 'stop' | 'length', counts: Counts): string;
  /** An answer that is not streamed. */
  whole(said: { readonly text: string; readonly thought: string }, reason: 'stop' | 'length', counts: Counts): string;
}

const mark = 'It must fit this JSON schema: ';

/** The schema that a prompt tells in words. */
function schemaInWords(prompt: string): unknown {
  const at = prompt.indexOf(mark);
  if (at < 0) return undefined;
  return JSON.parse(prompt.slice(at + mark.length).split('\n', 1)[0] ?? 'null') as unknown;
}

interface OllamaMessage {
  readonly role: string;
  readonly content: string;
  readonly images?: readonly string[];
}

/** Ollama's `/api/chat`: one JSON object a line. It never says what it reused. */
export const ollama: Dialect = {
  contentType: 'application/x-ndjson',
  read(body) {
    const messages = body['messages'] as readonly OllamaMessage[];
    const user = messages.find(({ role }) => role === 'user');
    const { options = {}, keep_alive } = body as { options?: Record<string, unknown>; keep_alive?: unknown };
    const prompt = user?.content ?? '';
    const format = body['format'];
    return {
      system: messages.find(({ role }) => role === 'system')?.content,
      prompt,
      format: format === undefined ? undefined : typeof format === 'string' ? 'json_object' : 'json_schema',
      streamed: body['stream'] !== false,
      wantsUsage: false,
      toldNotToThink: body['think'] === false,
      images: user?.images ?? [],
      imagesFirst: true,
      schema: typeof format === 'object' ? format : schemaInWords(prompt),
      maxTokens: Number(options['num_predict'] ?? Infinity),
      options: { ...options, ...(keep_alive === undefined ? {} : { keep_alive }) },
    };
  },
  text: (part) => `${JSON.stringify({ message: { role: 'assistant', content: part }, done: false })}\n`,
  thought: (thinking) => `${JSON.stringify({ message: { role: 'assistant', content: '', thinking }, done: false })}\n`,
  end: (reason, counts) => ollama.whole({ text: '', thought: '' }, reason, counts),
  whole: ({ text, thought }, reason, counts) =>
    `${JSON.stringify({
      message: { role: 'assistant', content: text, ...(thought === '' ? {} : { thinking: thought }) },
      done: true,
      done_reason: reason,
      prompt_eval_count: counts.tokensIn,
      eval_count: counts.tokensOut,
    })}\n`,
};

interface OpenAiPart {
  readonly type: string;
  readonly text?: string;
  readonly image_url?: { readonly url: string };
}

/** OpenAI's `/chat/completions` with server-sent events, with llama.cpp's `timings` at the end. */
export const openAi: Dialect = {
  contentType: 'text/event-stream',
  read(body) {
    const messages = body['messages'] as readonly { role: string; content: string | readonly OpenAiPart[] }[];
    const content = messages.find(({ role }) => role === 'user')?.content ?? [];
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const system = messages.find(({ role }) => role === 'system')?.content;
    const format = body['response_format'] as
      { type?: 'json_schema' | 'json_object'; json_schema?: { schema?: unknown } } | undefined;
    const template = body['chat_template_kwargs'] as { enable_thinking?: boolean } | undefined;
    const { messages: _, response_format: __, ...options } = body;
    const prompt = parts
      .filter(({ type }) => type === 'text')
      .map(({ text }) => text)
      .join('\n');
    return {
      system: typeof system === 'string' ? system : undefined,
      prompt,
      format: format?.type,
      streamed: body['stream'] === true,
      wantsUsage: body['stream_options'] !== undefined,
      toldNotToThink: template?.enable_thinking === false,
      images: parts.flatMap((part) => (part.image_url ? [part.image_url.url] : [])),
      imagesFirst: parts.findIndex(({ type }) => type === 'text') !== 0,
      schema: format?.json_schema?.schema ?? schemaInWords(prompt),
      maxTokens: Number(body['max_tokens'] ?? Infinity),
      options,
    };
  },
  text: (part) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: part } }] })}\n\n`,
  thought: (part) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { reasoning_content: part } }] })}\n\n`,
  whole: ({ text, thought }, reason, { tokensIn, tokensOut }) =>
    // Written over several lines, as some do.
    JSON.stringify(
      {
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: text, ...(thought === '' ? {} : { reasoning_content: thought }) },
            finish_reason: reason,
          },
        ],
        usage: { prompt_tokens: tokensIn, completion_tokens: tokensOut },
      },
      undefined,
      2,
    ),
  end: (reason, { tokensIn, tokensReused, tokensOut }) =>
    [
      { choices: [{ index: 0, delta: {}, finish_reason: reason }] },
      {
        choices: [],
        usage: { prompt_tokens: tokensIn, completion_tokens: tokensOut },
        timings: { cache_n: tokensReused, prompt_n: tokensIn - tokensReused },
      },
    ]
      .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
      .join('') + 'data: [DONE]\n\n',
};
