import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { FramesiftError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { outputError } from '../write-file.ts';

export interface TakeOptions {
  /** The files wanted, by their paths in the model's folder. */
  readonly files: readonly string[];
  /** Folder that they are put into. */
  readonly into: string;
  /** More bytes than this, for all files together, are refused. */
  readonly maxBytes: number;
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

async function fromFolder(source: string, { files, into, maxBytes, signal }: TakeOptions): Promise<void> {
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
    if (total > maxBytes) throw tooLarge(source, maxBytes);
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

async function fromTar(source: string, { files, into, maxBytes, signal }: TakeOptions): Promise<void> {
  const wanted = new Set(files);
  let [total, members] = [0, 0];
  try {
    // Closing the loop early closes file and decoders as well.
    for await (const { header, body } of membersOf(source, signal)) {
      members += 1;
      const file = placeOf(header.name, wanted, source);
      if (file !== undefined && header.type !== 'file') {
        throw damaged(source, `${header.name} is a link or a device, not a file`);
      }
      total += header.size;
      if (total > maxBytes) throw tooLarge(source, maxBytes);
      if (file === undefined) await drained(body);
      else {
        const target = join(into, file);
        await mkdir(dirname(target), { recursive: true });
        await pipeline(contentOf(body), createWriteStream(target), { signal });
        wanted.delete(file);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FramesiftError) throw error;
    const code = systemCodeOf(error);
    if (code === 'ENOSPC' || code === 'EACCES') throw outputError(into, error);
    throw damaged(
      source,
      members === 0 ? `it is not a tar archive (${messageOf(error).replace(/\.$/, '')})` : messageOf(error),
    );
  }
  const [first] = wanted;
  if (first !== undefined) throw missing(source, first);
}

/** The members in their order. The body of each must be read before the next. */
function membersOf(source: string, signal: AbortSignal): AsyncIterable<ParsedTarEntry> {
  // Node's own types of web streams and the DOM's are of one kind and do not know it.
  const bytes = Readable.toWeb(unzipped(source)) as unknown as ReadableStream<Uint8Array>;
  // Strict: a broken checksum and an archive that was cut off are errors.
  return bytes.pipeThrough(createTarDecoder({ strict: true }), { signal });
}

function unzipped(source: string): Readable {
  const file = createReadStream(source);
  if (!/\.t?gz$/i.test(source)) return file;
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error));
  plain.on('close', () => file.destroy());
  return file.pipe(plain);
}

/** Read to its end rather than cancelled: the decoder stands still behind a small body that is cancelled. */
async function drained(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  while (!(await reader.read()).done);
}

async function* contentOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield chunk;
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

const missing = (source: string, file: string): FramesiftError =>
  new FramesiftError('model', `${source}: lacks ${file}. It must hold the model's files under their own names.`);

const damaged = (source: string, why: string): FramesiftError =>
  new FramesiftError('model', `${source}: cannot be unpacked: ${why.replace(/\.$/, '')}. Make the archive again.`);

const tooLarge = (source: string, most: number): FramesiftError =>
  new FramesiftError('model', `${source}: holds more than the ${most} bytes that this model can have. Check --from.`);
