import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { InputSpec } from './input.ts';

const three = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().min(8).max(4096);
const size = z.union([
  side,
  z.object({ height: side, width: side }),
  z.object({ shortest_edge: side }).transform(({ shortest_edge: edge }) => edge),
]);
const Settings = z.object({
  size: size.optional(),
  crop_size: size.optional(),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().optional(),
  do_normalize: z.boolean().optional(),
  image_mean: three.optional(),
  image_std: three.optional(),
});

/**
 * Reads a `preprocessor_config.json` as Hugging Face's image processors have it.
 *
 * @throws FramesiftError `model`
 */
export async function readPreprocessor(file: string): Promise<InputSpec> {
  let settings: z.output<typeof Settings>;
  try {
    settings = Settings.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new FramesiftError(
      'model',
      `${file}: not the preprocessor_config.json of an image model (${why.split('\n')[0]}).`,
    );
  }
  // Where a crop is made, its size is the network's; else the size that pictures are brought to.
  const chosen = (settings.do_center_crop === false ? undefined : settings.crop_size) ?? settings.size;
  if (chosen === undefined) throw new FramesiftError('model', `${file}: names no input size (crop_size or size).`);
  const { width, height } = typeof chosen === 'number' ? { width: chosen, height: chosen } : chosen;
  const normalize = settings.do_normalize !== false;
  return {
    width,
    height,
    layout: 'NCHW',
    full: settings.do_rescale === false ? 255 : (settings.rescale_factor ?? 1 / 255) * 255,
    mean: normalize ? (settings.image_mean ?? [0, 0, 0]) : [0, 0, 0],
    std: normalize ? (settings.image_std ?? [1, 1, 1]) : [1, 1, 1],
    channels: 'RGB',
  };
}
