import { lstat, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { runFiles } from './run-files.ts';

/**
 * Reads a file that a run wrote. A folder may come from somebody else: the file lies within it, and no link leads there.
 *
 * @throws FramesiftError `input` where it is absent, is no file, or lies elsewhere
 */
export async function readOwnFile(folder: string, name: string): Promise<Buffer> {
  try {
    const [top, real] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (real !== join(top, name) || !(await lstat(real)).isFile()) {
      throw new FramesiftError('input', `${join(folder, name)}: is a link, or no file. Nothing is read through it.`);
    }
    return await readFile(real);
  } catch (error) {
    if (error instanceof FramesiftError) throw error;
    const why = systemCodeOf(error) === 'ENOENT' ? 'is missing' : `cannot be read (${systemCodeOf(error)})`;
    throw new FramesiftError('input', `${join(folder, name)}: ${why}.`, { cause: error });
  }
}

const folders = [runFiles.images, runFiles.pictures, runFiles.memory, runFiles.eventPictures, runFiles.windows];

/**
 * Sees to it that nothing in a run's folder that would be written leads elsewhere.
 *
 * @param replace removes such links, and nothing behind them
 * @throws FramesiftError `output`
 */
export async function refuseLinks(folder: string, replace: boolean): Promise<void> {
  const own = new Set<string>(Object.values(runFiles));
  const isOwn = (name: string): boolean => own.has(name) || name.endsWith('.part');
  for (const within of ['', ...folders]) {
    const place = join(folder, within);
    const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isSymbolicLink() || (within === '' && !isOwn(entry.name))) continue;
      const path = join(place, entry.name);
      if (replace) await rm(path, { force: true });
      else {
        const remedy = 'Remove the link, choose another folder with -o, or do it again with --force.';
        throw new FramesiftError(
          'output',
          `${path}: is a link to another place, and nothing is written there. ${remedy}`,
        );
      }
    }
  }
}

/**
 * Whether a folder within another one is really there: no link on the way leads elsewhere.
 *
 * @param name relative to `top`
 */
export async function liesWithin(top: string, name: string): Promise<boolean> {
  let path = top;
  for (const part of name.split(/[\\/]/)) {
    if (part === '..') return false;
    path = `${path}${sep}${part}`;
    const found = await lstat(path).catch(() => undefined);
    if (!found) return true;
    if (found.isSymbolicLink()) return false;
  }
  return true;
}
