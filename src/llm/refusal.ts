/** What a server does not take of a request, by what it says of it. */
export type Refusal =
  /** The prompt is longer than the context; tokens, where the server tells them. */
  | { readonly what: 'context'; readonly needs?: number; readonly holds?: number }
  /** More pictures than it takes in one message. */
  | { readonly what: 'images'; readonly most?: number }
  /** An answer that is bound to a JSON schema, or to JSON. */
  | { readonly what: 'schema' }
  /** An answer in pieces, or the count of tokens at its end. */
  | { readonly what: 'stream' }
  /** The word that switches thinking off. */
  | { readonly what: 'thinking' };

const patterns: readonly (readonly [Exclude<Refusal['what'], 'context' | 'images'>, RegExp])[] = [
  ['thinking', /chat_template_kwargs|enable_thinking|\bthink(ing)?\b|reasoning/i],
  ['schema', /response_format|json_schema|json_object|guided|grammar|structured output|schema|\bformat\b/i],
  ['stream', /stream/i],
];

/**
 * What the error of a 4xx is about. Sources: llama.cpp (`exceed_context_size_error` with `n_prompt_tokens` and `n_ctx`),
 * OpenAI and vLLM ("maximum context length is 4096 tokens … 5000 in the messages", "At most 1 image(s) may be provided"),
 * Ollama ("does not support thinking").
 */
export function refusalIn(status: number, message: string, body: string): Refusal | undefined {
  if (status < 400 || status >= 500) return undefined;
  if (/exceed_context_size|context[ _](length|size|window)|maximum model length|too long for the context/i.test(body)) {
    const [needs, holds] = contextNumbers(message, body);
    return { what: 'context', ...(needs === undefined ? {} : { needs }), ...(holds === undefined ? {} : { holds }) };
  }
  const images = /at most (\d+) (image|picture|multi)|(?:only|single|one) (?:one )?image/i.exec(message);
  if (images) return { what: 'images', most: images[1] === undefined ? 1 : Number(images[1]) };
  const found = patterns.find(([, pattern]) => pattern.test(message));
  return found && { what: found[0] };
}

/** Tokens that the prompt has and the context holds; the larger number is the prompt, where only sentences tell. */
function contextNumbers(message: string, body: string): [number | undefined, number | undefined] {
  const needs = /"n_prompt_tokens":\s*(\d{1,9})/.exec(body)?.[1];
  const holds = /"n_ctx":\s*(\d{1,9})/.exec(body)?.[1];
  if (needs !== undefined && holds !== undefined) return [Number(needs), Number(holds)];
  const told = [...message.matchAll(/\b\d{3,9}\b/g)].map(Number);
  const context = /(?:context|model)[^.\d]*(?:length|size|window)[^.\d]*(\d{3,9})/i.exec(message)?.[1];
  const most = told.length > 0 ? Math.max(...told) : undefined;
  const limit = context === undefined ? undefined : Number(context);
  return [most !== undefined && most !== limit ? most : undefined, limit];
}
