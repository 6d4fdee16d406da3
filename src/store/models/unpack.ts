import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FramesiftError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { outputError } from '../write-file.ts';

export interface TakeOptions {
  /** The files wanted, by their paths in the model's folder. */
  readonly files: readonly string[];
  /** Folder that they are put into. */
  readonly into: string;
  /** More bytes than this, for all files together, are refused. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Takes a model's files from a folder, or from a .tar or .tar.gz, without a network. Nothing but the wanted files is
 * written, each to its own place: what an archive calls its members never becomes a path on this machine.
 *
 * @throws FramesiftError `model` where a file is missing, an archive is damaged or tries to write elsewhere, or a link
 *   leads out of the folder
 */
export async function takeFiles(source: string, options: TakeOptions): Promise<void> {
  const info = await stat(source).catch(() => undefined);
  if (!info) throw new FramesiftError('model', `${source}: no such folder or archive. Check --from.`);
  if (info.isDirectory()) return fromFolder(source, options);
  return fromTar(source, options);
}

async function fromFolder(source: string, { files, into, mostBytes, signal }: TakeOptions): Promise<void> {
  const root = await realpath(source);
  let total = 0;
  for (const file of files) {
    signal.throwIfAborted();
    const path = resolve(root, file);
    const info = await lstat(path).catch(() => undefined);
    if (!info) throw missing(source, file);
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) throw missing(source, file);
    if (relative(root, real).startsWith('..')) {
      throw new FramesiftError(
        'model',
        `${path} is a link that leads out of ${source}. Copy the files themselves (cp -L) and give that folder.`,
      );
    }
    const { size } = await stat(real);
    total += size;
    if (total > mostBytes) throw tooLarge(source, mostBytes);
    const target = join(into, file);
    try {
      await mkdir(dirname(target), { recursive: true });
      await copyFile(real, target);
    } catch (error) {
      if (['EACCES', 'EISDIR', 'ENOTSUP'].includes(systemCodeOf(error) ?? '')) throw missing(source, file);
      throw outputError(target, error);
    }
  }
}

/** A block of a tar, bytes (POSIX.1-2001, pax interchange format). */
const block = 512;

interface Header {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

async function fromTar(source: string, options: TakeOptions): Promise<void> {
  const { files, into, mostBytes, signal } = options;
  const wanted = new Set(files);
  const bytes = new ByteReader(unzipped(source));
  let longName: string | undefined;
  let total = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const head = await bytes.exactly(block);
      // An archive ends with empty blocks; one that merely stops was cut off, which the missing files will tell.
      if (head === undefined || head.every((byte) => byte === 0)) break;
      const header = headerOf(head, source);
      const padding = (block - (header.size % block)) % block;
      if ('xgL'.includes(header.type)) {
        if (header.size > 65_536) throw damaged(source, 'a name is longer than any');
        const text = ((await bytes.exactly(header.size)) ?? Buffer.alloc(0)).toString('utf8');
        if (header.type === 'L') longName = text.replace(/\0.*$/s, '');
        else if (header.type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? longName;
        await bytes.skip(padding);
        continue;
      }
      const name = longName ?? header.name;
      longName = undefined;
      const file = placeOf(name, wanted, source);
      if (file !== undefined && !['0', '\0', '7'].includes(header.type)) {
        throw damaged(source, `${name} is a link or a device, not a file`);
      }
      total += header.size;
      if (total > mostBytes) throw tooLarge(source, mostBytes);
      if (file === undefined) await bytes.skip(header.size + padding);
      else {
        const target = join(into, file);
        await mkdir(dirname(target), { recursive: true });
        let left = header.size;
        const content = async function* () {
          while (left > 0) {
            const chunk = await bytes.some(left);
            if (chunk === undefined) throw damaged(source, `it ends in the middle of ${name}`);
            left -= chunk.length;
            yield chunk;
          }
        };
        await pipeline(content, createWriteStream(target), { signal });
        await bytes.skip(padding);
        wanted.delete(file);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FramesiftError) throw error;
    const code = systemCodeOf(error);
    if (code === 'ENOSPC' || code === 'EACCES') throw outputError(into, error);
    throw damaged(source, messageOf(error));
  } finally {
    await bytes.close();
  }
  const [first] = wanted;
  if (first !== undefined) throw missing(source, first);
}

/**
 * Which wanted file a member is: its own path, or that below one folder that the archive was made of. A name that
 * climbs out of its folder is no accident, and the rest of such an archive is not to be trusted either.
 */
function placeOf(name: string, wanted: ReadonlySet<string>, source: string): string | undefined {
  const plain = name.replaceAll('\\', '/');
  if (posix.isAbsolute(plain) || /^[a-z]:/i.test(plain) || plain.split('/').includes('..')) {
    throw new FramesiftError(
      'model',
      `${source}: holds ${JSON.stringify(name)}, which would be written outside of the model's folder. Nothing was taken from it.`,
    );
  }
  const path = posix.normalize(plain);
  if (wanted.has(path)) return path;
  const below = path.slice(path.indexOf('/') + 1);
  return wanted.has(below) ? below : undefined;
}

function headerOf(head: Buffer, source: string): Header {
  const text = (from: number, to: number): string => head.toString('utf8', from, to).replace(/\0.*$/s, '');
  const octal = (from: number, to: number): number => Number.parseInt(text(from, to).trim() || '0', 8);
  let sum = 0;
  for (let at = 0; at < block; at += 1) sum += at >= 148 && at < 156 ? 32 : head[at]!;
  if (sum !== octal(148, 156)) throw damaged(source, 'it is no tar, or a header of it is broken');
  // Sizes of 8 GiB and more are binary numbers behind a set bit.
  const size = (head[124]! & 0x80) === 0 ? octal(124, 136) : Number(head.readBigUInt64BE(128));
  if (!Number.isSafeInteger(size) || size < 0) throw damaged(source, 'a size in it is no number');
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : '';
  const name = text(0, 100);
  return { name: prefix === '' ? name : `${prefix}/${name}`, type: String.fromCharCode(head[156]!), size };
}

function unzipped(source: string): AsyncIterable<Buffer> & { destroy(): unknown } {
  const file = createReadStream(source);
  if (!/\.t?gz$/i.test(source)) return file as AsyncIterable<Buffer> & typeof file;
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error));
  return file.pipe(plain) as AsyncIterable<Buffer> & typeof plain;
}

/** Reads a stream by counts of bytes instead of chunks. */
class ByteReader {
  readonly #source: { destroy(): unknown };
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer> & { destroy(): unknown }) {
    this.#source = source;
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `most`; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const chunk = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  /** Exactly so many bytes; undefined where there are fewer. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let left = count;
    while (left > 0) {
      const chunk = await this.some(left);
      if (chunk === undefined) return undefined;
      parts.push(chunk);
      left -= chunk.length;
    }
    return Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      const chunk = await this.some(left);
      if (chunk === undefined) return;
      left -= chunk.length;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    this.#source.destroy();
  }
}

const missing = (source: string, file: string): FramesiftError =>
  new FramesiftError('model', `${source}: lacks ${file}. It must hold the model's files under their own names.`);

const damaged = (source: string, why: string): FramesiftError =>
  new FramesiftError('model', `${source}: cannot be unpacked: ${why}. Make the archive again.`);

const tooLarge = (source: string, most: number): FramesiftError =>
  new FramesiftError('model', `${source}: holds more than the ${most} bytes that this model can have. Check --from.`);
