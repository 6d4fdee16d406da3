import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { unfinishedPath, writeThenRename } from '../core/whole-file.ts';

/**
 * Writes a file so that a reader sees all of it or none of it: under another name, to the disk, then renamed.
 *
 * @throws FramesiftError `output`
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  try {
    await writeThenRename(path, async (unfinished) => {
      await using file = await open(unfinished, 'w');
      await file.writeFile(content);
      await file.datasync();
    });
  } catch (error) {
    throw outputError(path, error);
  }
}

/**
 * @returns the topmost folder that had to be made, undefined where all were there
 * @throws FramesiftError `output`
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await makeWithParents(path);
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Node's own `recursive` tries for ever where a folder refuses children as if it were absent, as /proc does. */
async function makeWithParents(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EEXIST' && (await isFolder(path))) return undefined;
    const parent = dirname(path);
    if (code !== 'ENOENT' || (await isFolder(parent))) throw error;
    const made = await makeWithParents(parent);
    await mkdir(path);
    return made ?? path;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Sees to it that a file can be written when its content is there, after much work: makes its folder, and tries.
 *
 * @param instead what to do where it cannot be
 * @throws FramesiftError `output`
 */
export async function prepareFile(path: string, instead?: string): Promise<void> {
  const trial = unfinishedPath(path);
  try {
    await makeWithParents(dirname(path));
    if (await isFolder(path)) throw new FramesiftError('output', `${path}: is a folder. Give a file's name.`);
    await (await open(trial, 'w')).close();
    await rm(trial);
  } catch (error) {
    throw outputError(path, error, instead);
  }
}

/**
 * The one line for a file that could not be written.
 *
 * @param instead what to do where another place is the remedy
 */
export function outputError(path: string, error: unknown, instead = 'Choose another folder with -o.'): Error {
  if (error instanceof FramesiftError) return error;
  switch (systemCodeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FramesiftError(
        'output',
        `${path}: no room left on the disk. Free some, then run again: what is done is kept.`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new FramesiftError('output', `${path}: no permission to write there. ${instead}`);
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new FramesiftError('output', `${path}: something else is in the way (${dirname(path)}). ${instead}`);
    case undefined:
      return error instanceof Error ? error : new Error(String(error));
    default:
      return new FramesiftError('output', `${path}: cannot be written (${systemCodeOf(error)}). ${instead}`, {
        cause: error,
      });
  }
}
