/** A request as both doors understand it. */
export interface SimulatedRequest {
  readonly system: string | undefined;
  readonly prompt: string;
  /** Base64. */
  readonly images: readonly string[];
  readonly imagesFirst: boolean;
  readonly schema: unknown;
  readonly maxTokens: number;
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
  end(reason: 'stop' | 'length', counts: Counts): string;
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
    return {
      system: messages.find(({ role }) => role === 'system')?.content,
      prompt: user?.content ?? '',
      images: user?.images ?? [],
      imagesFirst: true,
      schema: body['format'],
      maxTokens: Number(options['num_predict'] ?? Infinity),
      options: { ...options, ...(keep_alive === undefined ? {} : { keep_alive }) },
    };
  },
  text: (part) => `${JSON.stringify({ message: { role: 'assistant', content: part }, done: false })}\n`,
  end: (reason, counts) =>
    `${JSON.stringify({
      message: { role: 'assistant', content: '' },
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
    const format = body['response_format'] as { json_schema?: { schema?: unknown } } | undefined;
    const { messages: _, response_format: __, ...options } = body;
    return {
      system: typeof system === 'string' ? system : undefined,
      prompt: parts
        .filter(({ type }) => type === 'text')
        .map(({ text }) => text)
        .join('\n'),
      images: parts.flatMap((part) => (part.image_url ? [part.image_url.url] : [])),
      imagesFirst: parts.findIndex(({ type }) => type === 'text') !== 0,
      schema: format?.json_schema?.schema,
      maxTokens: Number(body['max_tokens'] ?? Infinity),
      options,
    };
  },
  text: (part) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: part } }] })}\n\n`,
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
