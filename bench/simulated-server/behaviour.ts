import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import type { Dialect, SimulatedRequest } from './dialects.ts';

/** In what a server differs from one that does all that it is asked. */
export interface Behaviour {
  /** `never`: answers come whole although they are asked for in pieces. `refused`: asking for pieces is a 400. */
  readonly streams?: 'never' | 'refused';
  /** Asking for the count of tokens at the end of a stream is a 400. */
  readonly refusesUsage?: boolean;
  /** `json_object`: bound to JSON and not to a schema. `refused`: neither is taken. `ignored`: both are taken and do nothing. */
  readonly schema?: 'json_object' | 'refused' | 'ignored';
  /**
   * `switch`: thinks unless told not to. `always`: whatever it is told. `refuses`: the same, and the word is a 400.
   * `answers`: puts the answer where thoughts belong.
   */
  readonly thinking?: 'switch' | 'always' | 'refuses' | 'answers';
  /** A prompt beyond the context is a 400 with llama.cpp's or vLLM's words, or is cut without a word. */
  readonly overlong?: 'llama.cpp' | 'vllm' | 'cut';
  /** Pictures that it takes in one message. */
  readonly images?: number;
  /** Ollama's name for the model's family. */
  readonly family?: string;
  /** What comes instead of an answer. */
  readonly pours?: Pour;
  /** What is asked before any question is not answered. */
  readonly silent?: boolean;
  /** After the answer's words comes an error, as llama.cpp sends where it cannot read what a model wrote. */
  readonly errorAtEnd?: boolean;
  /** Every question is answered so. */
  readonly always?: { readonly status: number; readonly retryAfter?: string };
}

/**
 * `endless`: words without an end. `brackets`: three million of them. `line`: one line without an end. `drip`: a word, then
 * a letter now and then. `comments`: signs of life and never a word. `gzip`: what unpacks to a thousand times its size.
 * `error`: a 500 whose body does not end.
 */
export type Pour = 'endless' | 'brackets' | 'line' | 'drip' | 'comments' | 'gzip' | 'error';

/** The tokens that a model spends on thinking. */
export const thinkingTokens = 600;

export interface Refused {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is not taken, in the words of the servers that do so; undefined where it is. */
export function refuse(
  asked: SimulatedRequest,
  promptTokens: number,
  contextTokens: number,
  behaviour: Behaviour,
): Refused | undefined {
  const { always, overlong, images = Infinity, schema, streams, refusesUsage, thinking } = behaviour;
  const bad = (message: string, more: object = {}): Refused => ({
    status: 400,
    body: { error: { code: 400, message, type: 'invalid_request_error', ...more } },
  });
  if (always) {
    const headers = always.retryAfter === undefined ? {} : { 'retry-after': always.retryAfter };
    return { status: always.status, body: { error: 'not today' }, headers };
  }
  if (asked.images.length > images) return bad(`At most ${images} image(s) may be provided in one request.`);
  if (promptTokens > contextTokens && overlong === 'llama.cpp') {
    const message = `request (${promptTokens} tokens) exceeds the available context size (${contextTokens} tokens), try increasing it`;
    return bad(message, {
      type: 'exceed_context_size_error',
      n_prompt_tokens: promptTokens,
      n_ctx: contextTokens,
    });
  }
  if (promptTokens > contextTokens && overlong === 'vllm') {
    return bad(
      `This model's maximum context length is ${contextTokens} tokens. However, you requested ${promptTokens + asked.maxTokens} tokens (${promptTokens} in the messages, ${asked.maxTokens} in the completion). Please reduce the length of the messages or completion.`,
    );
  }
  if (streams === 'refused' && asked.streamed) return bad('stream is not supported by this model');
  if (refusesUsage && asked.wantsUsage) return bad('Unrecognized request argument supplied: stream_options');
  if (schema === 'json_object' && asked.format === 'json_schema')
    return bad("response_format.type must be 'text' or 'json_object'");
  if (schema === 'refused' && asked.format !== undefined)
    return bad('Unrecognized request argument supplied: response_format');
  if (thinking === 'refuses' && asked.toldNotToThink) return bad('unexpected keyword argument chat_template_kwargs');
  return undefined;
}

/** Sends what is no answer, until it is enough or the client goes away. */
export async function pour(kind: Pour, dialect: Dialect, response: ServerResponse, gone: AbortSignal): Promise<void> {
  const send = async (text: string | Buffer): Promise<void> => {
    gone.throwIfAborted();
    if (!response.write(text)) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        gone.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  try {
    if (kind === 'gzip') {
      response.writeHead(200, { 'content-type': dialect.contentType, 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 32)));
      return;
    }
    response.writeHead(kind === 'error' ? 500 : 200, { 'content-type': dialect.contentType });
    if (kind === 'brackets') {
      for (let sent = 0; sent < 3_000_000; sent += 3000) await send(dialect.text('{"a":['.repeat(500)));
      response.end(dialect.end('stop', { tokensIn: 1, tokensReused: 0, tokensOut: 1 }));
      return;
    }
    for (let turn = 0; ; turn += 1) {
      if (kind === 'endless') await send(dialect.text('and so on '.repeat(400)));
      else if (kind === 'line' || kind === 'error') await send('x'.repeat(65_536));
      else {
        if (turn === 0 && kind === 'drip') await send(dialect.text('{'));
        else await send(kind === 'drip' ? dialect.text(' ') : ': still here\n\n');
        await sleep(20, undefined, { signal: gone });
      }
      if (turn % 16 === 15) await sleep(0);
    }
  } catch {
    response.destroy();
  }
}
