import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';

/**
 * A name next to `path` for content that is not complete yet. It ends in `.part`, and no other call, thread or process
 * gets the same one: several may make the same file at the same time.
 */
export const unfinishedPath = (path: string): string => `${path}.${process.pid}-${randomUUID().slice(0, 8)}.part`;

/**
 * Makes a file that a reader sees complete or not at all: `write` writes it under another name next to `path`, which is
 * then renamed. Where several make it at the same time, each rename replaces a complete file by a complete file.
 *
 * @param write gets the name to write to; what it wrote is removed if it throws
 * @throws what `write` or the file system throws
 */
export async function writeThenRename(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = unfinishedPath(path);
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    // What is in the way of writing may be in the way of removing; the first error is the one to report.
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}
