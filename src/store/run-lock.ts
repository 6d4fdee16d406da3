import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { outputError } from './write-file.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/**
 * Holds a run folder for this process, so that two runs never write into one. A lock whose process is gone is taken
 * over; one from another machine is believed, as nothing can be known of its process.
 *
 * @throws FramesiftError `output` naming who holds it
 */
export async function lockRun(path: string): Promise<AsyncDisposable> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await using file = await open(path, 'wx');
      const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
      await file.writeFile(JSON.stringify(holder));
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw outputError(path, error);
    }
    const holder = await readHolder(path);
    if (holder && (holder.host !== hostname() || isAlive(holder.pid))) {
      throw new FramesiftError(
        'output',
        `${path}: another run holds this folder (process ${holder.pid} on ${holder.host} since ${holder.since}). ` +
          'Wait for it, or choose another folder with -o.',
      );
    }
    await rm(path, { force: true });
  }
  throw new FramesiftError('output', `${path}: another run takes this folder again and again. Choose another with -o.`);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    // Gone again, or cut short by a crash: nobody holds it.
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'host' in value
  );
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}
