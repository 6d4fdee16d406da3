import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { outputError } from './write-file.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** Locks that this very process holds. */
const held = new Set<string>();

/** A holder that was killed a moment ago may still be on its way out: so long it is waited for, milliseconds. */
const leavingMs = 1500;

/** Between making the file and writing into it a holder takes at most this long, milliseconds. */
const writingMs = 1000;

/**
 * Holds a run folder for this process, so that two runs never write into one. A lock whose process is gone is taken
 * over; one from another machine is believed, as nothing can be known of its process.
 *
 * @throws FramesiftError `output` naming who holds it
 */
export async function lockRun(path: string): Promise<AsyncDisposable> {
  const key = resolve(path);
  const patientUntil = Date.now() + leavingMs;
  for (let attempt = 0; attempt < 3;) {
    if (await take(path)) {
      held.add(key);
      return {
        async [Symbol.asyncDispose]() {
          held.delete(key);
          await rm(path, { force: true });
        },
      };
    }
    const holder = await readHolder(path);
    if (holder && (holder.host !== hostname() || isAlive(holder.pid, key))) {
      const mayLeave = holder.host === hostname() && holder.pid !== process.pid;
      if (mayLeave && Date.now() < patientUntil) {
        await sleep(100);
        continue;
      }
      throw new FramesiftError(
        'output',
        `${path}: another run holds this folder (process ${holder.pid} on ${holder.host} since ${holder.since}). ` +
          'Wait for it, or choose another folder with -o.',
      );
    }
    attempt += 1;
    await rm(path, { force: true });
  }
  throw new FramesiftError('output', `${path}: another run takes this folder again and again. Choose another with -o.`);
}

/** @returns false where the file is there already */
async function take(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx');
    const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    await file.writeFile(JSON.stringify(holder));
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    // Made, and no room for what is to be in it.
    if (systemCodeOf(error) === 'ENOSPC') await rm(path, { force: true }).catch(() => {});
    throw outputError(path, error);
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const holder = await readWhole(path);
  if (holder || !(await isFresh(path))) return holder;
  // Another process has made it a moment ago and is about to write its name.
  await sleep(writingMs);
  return readWhole(path);
}

async function readWhole(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    // Gone again, or cut short by a crash: nobody holds it.
    return undefined;
  }
}

async function isFresh(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs < writingMs;
  } catch {
    return false;
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'host' in value
  );
}

function isAlive(pid: number, key: string): boolean {
  // In a container a new process often has the number of the one before it.
  if (pid === process.pid) return held.has(key);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** Whether a living process holds this lock. */
export async function isHeld(path: string): Promise<boolean> {
  const holder = await readWhole(path);
  return holder !== undefined && (holder.host !== hostname() || isAlive(holder.pid, resolve(path)));
}
