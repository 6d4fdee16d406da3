import * as http from 'node:http';
import * as https from 'node:https';
import { messageOf, systemCodeOf } from '../core/errors.ts';
import { redact } from '../core/secrets.ts';
import { RequestFailure } from './failure.ts';
import { refusalIn } from './refusal.ts';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** What `Retry-After` asks for. */
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
        // Answers are short; what unpacks to a hundred times its size is not taken.
        'accept-encoding': 'identity',
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
    request.once('response', (response) => {
      const encoding = response.headers['content-encoding'] ?? 'identity';
      if (encoding !== 'identity') {
        response.destroy();
        reject(new RequestFailure('request', `the server sends ${encoding} although it was asked for plain text`));
        return;
      }
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        retryAfterMs: retryAfterOf(response.headers['retry-after']),
        text: textOf(response, signal),
      });
    });
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

/** Milliseconds of seconds or a date. */
function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

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
  const parts: string[] = [];
  let length = 0;
  for await (const text of reply.text) {
    parts.push(text);
    length += text.length;
    if (length > maxBody) break;
  }
  return parts.join('');
}

const maxBody = 1_000_000;
/** No server's own: a line holds one piece of an answer, or, not streamed, all of it. */
const maxLine = 1_000_000;

/**
 * The body's lines without their ends; a last line without an end counts too.
 *
 * @param most letters of the whole body
 * @throws RequestFailure `request` where the body or a line is longer than any answer
 */
export async function* linesOf(text: AsyncIterable<string>, most = Infinity): AsyncGenerator<string, void, undefined> {
  let rest = '';
  let length = 0;
  for await (const part of text) {
    length += part.length;
    if (length > most) throw new RequestFailure('request', `the answer does not end (${length} letters so far)`);
    let from = 0;
    for (let end = part.indexOf('\n'); end >= 0; end = part.indexOf('\n', from)) {
      const line = (rest + part.slice(from, end)).trim();
      rest = '';
      from = end + 1;
      if (line !== '') yield line;
    }
    rest += part.slice(from);
    if (rest.length > maxLine) throw new RequestFailure('request', 'the server sends a line that does not end');
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
  const refusal = refusalIn(reply.status, said, body);
  throw new RequestFailure(reply.status >= 500 ? 'server' : 'request', message, refusal ? { refusal } : {});
}

/** The message inside a server's error body, cut to a line; empty where there is none. */
export function errorTextIn(body: string): string {
  let text: unknown = body;
  try {
    const parsed = JSON.parse(body) as { error?: string | { message?: unknown }; message?: unknown };
    const { error } = parsed;
    text = typeof error === 'string' ? error : (error?.message ?? parsed.message ?? body);
  } catch {
    if (/^\s*</.test(body)) return '';
  }
  return redact((String(text).split('\n', 1)[0] ?? '').slice(0, 200));
}
