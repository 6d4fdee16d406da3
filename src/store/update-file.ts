import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemCodeOf } from '../core/errors.ts';
import { lockRun } from './run-lock.ts';
import { outputError, writeWhole } from './write-file.ts';

/** The last update of each file that this process has begun. */
const updates = new Map<string, Promise<void>>();

/**
 * Changes a file that several calls and processes may change at the same time, one after another, so that no change is
 * lost.
 *
 * @param change gets the text as it is, undefined where there is no file yet, and gives the new one
 * @throws FramesiftError `output`
 */
export async function updateFile(path: string, change: (text: string | undefined) => string): Promise<void> {
  const key = resolve(path);
  const before = updates.get(key);
  const update = (async () => {
    await before?.catch(() => {});
    await using stack = new AsyncDisposableStack();
    stack.use(await lockRun(`${path}.lock`));
    await writeWhole(path, change(await readText(path)));
  })();
  updates.set(key, update);
  try {
    await update;
  } finally {
    if (updates.get(key) === update) updates.delete(key);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw outputError(path, error);
  }
}
