import { resolve } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import { readRecord } from '../store/run-folder.ts';
import { flagOf } from '../workflows/parse-options.ts';
import { redecideDriver, type Redecided, type RedecideOptions } from '../workflows/driver/redecide.ts';
import {
  parseRedecideSlides,
  redecideSlides,
  type RedecidedSlides,
  type RedecideSlidesOptions,
} from '../workflows/slides/redecide.ts';

/** Of driver runs `rules` and `calibration`, of slides runs `keep` and `mergeFrom`; the others' are refused. */
export interface RedecideAnyOptions extends RedecideOptions, RedecideSlidesOptions {}

const optionsOf = { driver: ['rules', 'calibration'], slides: ['keep', 'mergeFrom'] } as const;

/**
 * Decides a finished run again from what it stored, without decoding a frame.
 *
 * @throws FramesiftError `input` where the folder holds no run that can be decided again; `usage`; `output`
 */
export async function redecide(run: string, options: RedecideAnyOptions = {}): Promise<Redecided | RedecidedSlides> {
  const folder = resolve(run);
  const record = await readRecord(folder);
  if (!record)
    throw new FramesiftError('input', `${run}: holds no run. Give the folder of a finished slides or driver run.`);
  const { id } = record.workflow;
  if (id !== 'driver' && id !== 'slides') {
    throw new FramesiftError('input', `${run}: a run of ${id} cannot be decided again. Give one of slides or driver.`);
  }
  const own: readonly string[] = optionsOf[id];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || own.includes(name)) continue;
    const takes = own.map(flagOf).join(' or ');
    throw new FramesiftError('usage', `${flagOf(name)} has no effect on a run of ${id}: give ${takes}.`);
  }
  return id === 'driver' ? redecideDriver(folder, options) : redecideSlides(folder, parseRedecideSlides(options));
}
