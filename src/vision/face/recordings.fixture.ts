import { existsSync } from 'node:fs';
import path from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import { openFaceMeter, type FaceMeter, type FaceMeterOptions } from './face-meter.ts';

/** Recordings of drivers, which are not in the repository: `FRAMESIFT_DATA`, or the shared data beside the checkout. */
const folder =
  process.env['FRAMESIFT_DATA'] ??
  path.join(path.dirname(path.dirname(path.dirname(import.meta.dirname))), '../shared/data');

/** The recording's path; undefined where it is not there. */
export function recording(name: string): string | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? file : undefined;
}

/** A meter, or why there can be none: a package is not installed. */
export async function meterOrReason(options: FaceMeterOptions = {}): Promise<FaceMeter | string> {
  try {
    return await openFaceMeter(options);
  } catch (error) {
    if (error instanceof FramesiftError && error.code === 'dependency') return error.message;
    throw error;
  }
}
