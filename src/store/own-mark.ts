import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../core/places.ts';
import { unfinishedPath } from '../core/whole-file.ts';

/** What a folder of results says that reaches outside of it. */
export interface Marked {
  readonly options: Readonly<Record<string, unknown>>;
  readonly workflow: { readonly id: string; readonly file?: string | undefined };
}

/**
 * Marks a folder of results as this user's own, made at this place with these options: by a key that lies with the user
 * and in no folder. A folder that came from somebody else, or whose options were changed since, has no such mark.
 *
 * @returns undefined where no key can be kept
 */
export async function markOf(folder: string, { options, workflow: { id, file } }: Marked): Promise<string | undefined> {
  try {
    const key = await keyOf(join(cacheFolder(), 'own-results.key'));
    const place = await realpath(folder);
    return createHmac('sha256', key)
      .update(JSON.stringify([place, id, file, options]))
      .digest('hex');
  } catch {
    // A machine on which nothing can be kept: results are nobody's, and have to be vouched for.
    return undefined;
  }
}

/** Whether a folder has its mark. */
export async function isOwn(folder: string, record: Marked & { readonly mark?: string | undefined }): Promise<boolean> {
  const mark = await markOf(folder, record);
  const [a, b] = [Buffer.from(mark ?? ''), Buffer.from(record.mark ?? '')];
  return mark !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

async function keyOf(path: string): Promise<Buffer> {
  const known = await readFile(path).catch(() => undefined);
  if (known && known.length >= 32) return known;
  await mkdir(dirname(path), { recursive: true });
  const unfinished = unfinishedPath(path);
  try {
    await writeFile(unfinished, randomBytes(32), { mode: 0o600 });
    await chmod(unfinished, 0o600);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  // Of several that made one at the same time, the last.
  return readFile(path);
}
