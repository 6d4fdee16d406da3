import * as http from 'node:http';
import * as https from 'node:https';
import { messageOf, systemCodeOf } from '../core/errors.ts';
import { redact } from '../core/secrets.ts';
import { RequestFailure } from './failure.ts';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** What `Retry-After` asks for, where it is given in seconds. */
  readonly retryAfterMs: number | undefined;
  /** The body as text, as it comes. */
  readonly text: AsyncIterable<string>;
}

export interface SendOptions {
  /** JSON, in parts that are sent one after another. Without it the request is a GET. */
  readonly body?: readonly Buffer[];
  readonly signal: AbortSignal;
}

/**
 * The keep-alive connections to one server. Node's own `http` rather than `fetch`: the pool can be closed, an abort
 * closes the socket at once (which is what frees a model server's slot), and no second HTTP stack is loaded.
 */
export class Connections implements Disposable {
  readonly base: URL;
  readonly #agent: http.Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: URL, headers: Readonly<Record<string, string>> = {}) {
    this.base = base;
    this.#headers = headers;
    const options = { keepAlive: true, scheduling: 'lifo' } as const;
    this.#agent = base.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /**
   * Sends one request; the answer's status is checked by `accepted` or by the caller.
   * Throws RequestFailure `refused` or `connection`, or the signal's reason.
   */
  async send(path: string, options: SendOptions): Promise<Reply> {
    try {
      return await this.#once(path, options);
    } catch (error) {
      options.signal.throwIfAborted();
      // A server may close an idle connection while we write to it: that says nothing of the server.
      if (!(error instanceof StaleSocket)) return failAs(error, options);
    }
    try {
      return await this.#once(path, options);
    } catch (error) {
      return failAs(error, options);
    }
  }

  #once(path: string, { body, signal }: SendOptions): Promise<Reply> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    // Base paths are kept: `http://host/v1` + `/models`.
    const url = new URL(this.base.pathname.replace(/\/$/, '') + path, this.base);
    // So are queries, where some servers want their key.
    url.search = this.base.search;
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: body === undefined ? 'GET' : 'POST',
      agent: this.#agent,
      headers: {
        ...this.#headers,
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': String(body.reduce((sum, part) => sum + part.length, 0)),
            }),
      },
    });
    const onAbort = () => request.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    request.once('close', () => signal.removeEventListener('abort', onAbort));
    request.on('error', (error) =>
      reject(request.reusedSocket && systemCodeOf(error) === 'ECONNRESET' ? new StaleSocket() : error),
    );
    request.once('response', (response) =>
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        retryAfterMs: /^\d+$/.test(response.headers['retry-after'] ?? '')
          ? Number(response.headers['retry-after']) * 1000
          : undefined,
        text: textOf(response, signal),
      }),
    );
    // Corked: the small parts between the pictures do not become packets of their own.
    request.cork();
    for (const part of body ?? []) request.write(part);
    request.end();
    request.uncork();
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

class StaleSocket extends Error {}

function failAs(error: unknown, { signal }: { signal: AbortSignal }): never {
  signal.throwIfAborted();
  if (error instanceof RequestFailure) throw error;
  const code = systemCodeOf(error);
  const nothingThere = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'].includes(code ?? '');
  throw new RequestFailure(nothingThere ? 'refused' : 'connection', code ?? messageOf(error), { cause: error });
}

async function* textOf(response: http.IncomingMessage, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  response.setEncoding('utf8');
  let whole = false;
  try {
    for await (const text of response) yield text as string;
    whole = true;
  } catch (error) {
    failAs(error, { signal });
  } finally {
    // Reading stopped early: a connection with an unread answer cannot be used again.
    if (!whole) response.destroy();
  }
}

/** Reads a whole body, at most about 1 MB of it. */
export async function bodyOf(reply: Reply): Promise<string> {
  let body = '';
  for await (const text of reply.text) {
    body += text;
    if (body.length > 1_000_000) break;
  }
  return body;
}

/** The body's lines without their ends; a last line without an end counts too. */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const part of text) {
    rest += part;
    let end: number;
    while ((end = rest.indexOf('\n')) >= 0) {
      const line = rest.slice(0, end).trim();
      rest = rest.slice(end + 1);
      if (line !== '') yield line;
    }
  }
  if (rest.trim() !== '') yield rest.trim();
}

/** Throws the RequestFailure that the reply's status means; returns for 2xx. */
export async function accepted(reply: Reply): Promise<void> {
  if (reply.status >= 200 && reply.status < 300) return;
  const body = await bodyOf(reply);
  const said = errorTextIn(body);
  const message = `the server answered ${reply.status}${said ? `: ${said}` : ''}`;
  if (reply.status === 429 || reply.status === 503) {
    const wait = reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs };
    throw new RequestFailure('busy', message, wait);
  }
  throw new RequestFailure(reply.status >= 500 ? 'server' : 'request', message);
}

/** The message inside a server's error body, cut to a line; empty where there is none. */
export function errorTextIn(body: string): string {
  let text = body;
  try {
    const parsed = JSON.parse(body) as { error?: string | { message?: string } };
    text = typeof parsed.error === 'string' ? parsed.error : (parsed.error?.message ?? body);
  } catch {
    if (/^\s*</.test(body)) return '';
  }
  return redact((text.split('\n', 1)[0] ?? '').slice(0, 200));
}
