import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../core/errors.ts';
import { runFiles } from './run-files.ts';
import { outputError } from './write-file.ts';

/**
 * Removes the pictures that earlier runs of a driver left in a folder: faces in them can be recognized.
 *
 * @throws FramesiftError `output`
 */
export async function removePictures(folder: string): Promise<void> {
  for (const name of [runFiles.eventPictures, runFiles.windows]) {
    const within = join(folder, name);
    try {
      const pictures = (await readdir(within)).filter((file) => /\.(png|jpg)$/.test(file));
      for (const file of pictures) await rm(join(within, file), { force: true });
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw outputError(within, error);
    }
  }
}
