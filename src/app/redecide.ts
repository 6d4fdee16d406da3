import { resolve } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import { readRecord } from '../store/run-folder.ts';
import { redecideDriver, type Redecided, type RedecideOptions } from '../workflows/driver/redecide.ts';

/**
 * Decides a finished run again from what it stored, without decoding a frame.
 *
 * @throws FramesiftError `input` where the folder holds no run that can be decided again; `usage`; `output`
 */
export async function redecide(run: string, options: RedecideOptions = {}): Promise<Redecided> {
  const folder = resolve(run);
  const record = await readRecord(folder);
  if (!record) throw new FramesiftError('input', `${run}: holds no run. Give the folder of a finished driver run.`);
  if (record.workflow.id === 'driver') return redecideDriver(folder, options);
  throw new FramesiftError(
    'input',
    `${run}: a run of ${record.workflow.id} cannot be decided again. Give one of driver.`,
  );
}
