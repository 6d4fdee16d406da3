import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../core/errors.ts';
import { runFiles } from './run-files.ts';
import { outputError } from './write-file.ts';

/** Names that runs give to pictures: of slides, of windows, of events. */
const picture = /^(draft-[\w-]+|\d{4,}(-\d+)?|[a-z_]+-\d+(-\d+)?)\.(jpg|png)(\.\w+\.part)?$/;

/**
 * Removes the pictures that a run has stored, and what of pictures its other files hold. What others put beside them stays.
 *
 * @returns how many there were
 * @throws FramesiftError `output`
 */
export async function removePictures(folder: string): Promise<number> {
  let removed = 0;
  for (const name of [runFiles.images, runFiles.pictures, runFiles.eventPictures, runFiles.windows]) {
    const within = join(folder, name);
    try {
      for (const file of await readdir(within)) {
        if (!picture.test(file)) continue;
        await rm(join(within, file), { force: true });
        removed += 1;
      }
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw outputError(within, error);
    }
  }
  // Small grey pictures of slides, by which their states are merged.
  await rm(join(folder, runFiles.states), { force: true }).catch((error: unknown) => {
    throw outputError(folder, error);
  });
  return removed;
}
