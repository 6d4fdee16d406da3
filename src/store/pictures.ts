import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../core/errors.ts';
import { outputError } from './write-file.ts';

/** Where pictures of events lie: those drawn of a measurement (PNG), and those shown to a model (JPEG). */
export const eventPictureFolder = 'events';
/** Where the frames of windows lie that were shown to a model. */
export const windowPictureFolder = 'windows';

/**
 * Removes the pictures that earlier runs of a driver left in a folder: faces in them can be recognized.
 *
 * @throws FramesiftError `output`
 */
export async function removePictures(folder: string): Promise<void> {
  for (const name of [eventPictureFolder, windowPictureFolder]) {
    const within = join(folder, name);
    try {
      const pictures = (await readdir(within)).filter((file) => /\.(png|jpg)$/.test(file));
      for (const file of pictures) await rm(join(within, file), { force: true });
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw outputError(within, error);
    }
  }
}
