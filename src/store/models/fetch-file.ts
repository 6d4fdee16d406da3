import { open as openFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { outputError } from '../write-file.ts';

export interface FetchOptions {
  /** The part that is written to, and continued where one is there. */
  readonly part: string;
  /** More bytes than this are refused: it is not the file that was meant, or somebody fills the disk. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Told how many bytes of the file are there, and of how many where the server says so. */
  readonly onProgress?: (bytes: number, ofBytes: number | undefined) => void;
  /** Seconds without a byte after which a connection is given up. Default 30. */
  readonly idleSeconds?: number;
  /** Broken connections in a row, none of which brought a byte, after which it is given up. Default 4. */
  readonly attempts?: number;
}

export interface FetchedFile {
  readonly bytes: number;
  /** SHA-256 that the hub itself tells of a large file (`X-Linked-Etag`), where it does. */
  readonly told?: string;
}

/** Redirects are followed this far: a hub sends large files on to its store, and a store seldom further. */
const maxRedirects = 5;

/**
 * Fetches a file into `part`, continuing what an earlier call left there. A cut connection or a truncated answer is
 * continued by a range request; a file that changed meanwhile (its ETag differs) is begun anew.
 *
 * @throws FramesiftError `model` naming the address and what to do, `output` where `part` cannot be written; the
 *   signal's reason when aborted, with `part` left to be continued
 */
export async function fetchFile(address: URL, options: FetchOptions): Promise<FetchedFile> {
  const most = options.attempts ?? 4;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(options.part);
    try {
      return await attempt(address, before, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      failures = (await sizeOf(options.part)) > before ? 0 : failures + 1;
      if (failures >= most) {
        throw new FramesiftError(
          'model',
          `${address.href} could not be fetched (${error.message}). What is there is kept: run the same command again, or give --mirror URL, or --from FOLDER with the files.`,
          { cause: error },
        );
      }
      await sleep(250 * 2 ** failures, undefined, { signal: options.signal });
    }
  }
}

/** The connection broke off, or the answer was shorter than it said: worth another try. */
class Interrupted extends Error {}

async function attempt(address: URL, have: number, options: FetchOptions): Promise<FetchedFile> {
  const { part, maxBytes, signal, onProgress } = options;
  const etagFile = `${part}.etag`;
  const etag = have > 0 ? await readFile(etagFile, 'utf8').catch(() => '') : '';
  // Without a mark of what was fetched before, the rest may be another file's.
  const from = etag === '' ? 0 : have;
  const headers = from > 0 ? { range: `bytes=${from}-`, 'if-range': etag } : {};
  const { response, told } = await open(address, headers, options);
  try {
    const status = response.statusCode ?? 0;
    if (status === 416) {
      // What is there is as long as the file or longer: only a fetch from the start can tell.
      await forget(part);
      throw new Interrupted('the server has no more of it');
    }
    if (status !== 200 && status !== 206) throw refusal(address, status);
    if (/^text\/html/i.test(response.headers['content-type'] ?? '')) {
      throw new FramesiftError(
        'model',
        `${address.href} answers with a web page, not a file. Is there a login page or a proxy in between? Check the address, or give --mirror URL.`,
      );
    }
    const start = status === 206 ? startOf(response) : 0;
    if (start !== 0 && start !== from) {
      await forget(part);
      throw new Interrupted('the server sent another part than was asked for');
    }
    const length = numberIn(response.headers['content-length']);
    const whole = length === undefined ? undefined : start + length;
    if ((whole ?? 0) > maxBytes) throw tooLarge(address, whole!, maxBytes);
    await writeFile(etagFile, strongEtag(response)).catch((error: unknown) => {
      throw outputError(etagFile, error);
    });
    const bytes = await save(response, part, start, address, maxBytes, (at) => onProgress?.(at, whole), signal);
    if (whole !== undefined && bytes !== whole) throw new Interrupted(`cut off after ${bytes} of ${whole} bytes`);
    await rm(etagFile, { force: true });
    return { bytes, ...(told === undefined ? {} : { told }) };
  } finally {
    response.destroy();
  }
}

async function save(
  response: http.IncomingMessage,
  part: string,
  start: number,
  address: URL,
  maxBytes: number,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  let at = start;
  try {
    await using file = await openFile(part, start > 0 ? 'a' : 'w').catch((error: unknown) => {
      throw outputError(part, error);
    });
    for await (const chunk of response as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      at += chunk.length;
      if (at > maxBytes) throw tooLarge(address, at, maxBytes);
      await file.writeFile(chunk).catch((error: unknown) => {
        throw outputError(part, error);
      });
      onBytes(at);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FramesiftError) throw error;
    throw new Interrupted(systemCodeOf(error) ?? messageOf(error));
  }
  return at;
}

/** Opens the address, following redirects; a secure address is never left for one that is not. */
async function open(
  address: URL,
  headers: http.OutgoingHttpHeaders,
  options: FetchOptions,
): Promise<{ response: http.IncomingMessage; told: string | undefined }> {
  let url = address;
  let told: string | undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await request(url, headers, options);
    // The hub names the digest on its own answer, not on the store's.
    told ??= /^"?([0-9a-f]{64})"?$/.exec(String(response.headers['x-linked-etag'] ?? ''))?.[1];
    const { location } = response.headers;
    if ((response.statusCode ?? 0) < 300 || (response.statusCode ?? 0) >= 400 || location === undefined) {
      return { response, told };
    }
    response.destroy();
    const next = URL.parse(location, url.href);
    if (!next || !/^https?:$/.test(next.protocol)) throw wrongWay(address, location);
    if (url.protocol === 'https:' && next.protocol !== 'https:') throw wrongWay(address, next.href);
    url = next;
  }
  throw new FramesiftError(
    'model',
    `${address.href} redirects in a circle. Check the address, or give another --mirror.`,
  );
}

function request(
  url: URL,
  headers: http.OutgoingHttpHeaders,
  { signal, idleSeconds = 30 }: FetchOptions,
): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const get = url.protocol === 'https:' ? https.get : http.get;
  const asked = get(url, { headers: { 'user-agent': 'framesift', ...headers }, signal, timeout: idleSeconds * 1000 });
  asked.once('response', resolve);
  asked.once('timeout', () => asked.destroy(new Interrupted(`nothing came for ${idleSeconds} s`)));
  // Also after the answer began: the body's reader then sees the error.
  asked.on('error', (error) =>
    reject(
      signal.aborted || error instanceof Interrupted
        ? error
        : new Interrupted(systemCodeOf(error) ?? messageOf(error), { cause: error }),
    ),
  );
  return promise;
}

function refusal(address: URL, status: number): Error {
  const busy = status === 429 || status >= 500;
  if (busy) return new Interrupted(`the server answered ${status}`);
  const why = status === 404 ? 'is not there (404)' : `was refused (${status})`;
  return new FramesiftError(
    'model',
    `${address.href} ${why}. Check --mirror, or fetch the files by other means and give --from FOLDER.`,
  );
}

const tooLarge = (address: URL, bytes: number, most: number): FramesiftError =>
  new FramesiftError(
    'model',
    `${address.href} has ${bytes} bytes or more, where at most ${most} are expected: not the file that was meant. Check --mirror.`,
  );

const wrongWay = (address: URL, to: string): FramesiftError =>
  new FramesiftError('model', `${address.href} redirects to ${to}, which is not followed. Check --mirror.`);

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

function startOf({ headers }: http.IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

/** A weak mark is no promise that the bytes are the same (RFC 9110, 13.1.5). */
function strongEtag({ headers }: http.IncomingMessage): string {
  const { etag = '' } = headers;
  return etag.startsWith('W/') ? '' : etag;
}

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
