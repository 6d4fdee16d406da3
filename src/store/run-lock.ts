import { randomUUID } from 'node:crypto';
import { lstat, open, readFile, rm, utimes } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { outputError } from './write-file.ts';

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string().max(255),
  since: z.string().max(64),
  /** When that process began, as its system tells it: a number that was given again belongs to another process. */
  began: z.string().max(64).optional(),
  /** Tells one taking of the lock from the next. */
  token: z.string().max(64),
});
type Holder = z.infer<typeof holderSchema>;

/** Tokens of the locks that this very process holds. */
const held = new Set<string>();

/** A holder says by the lock's time that it lives, so often. Milliseconds. */
const beatMs = 10_000;
/** A lock of another machine, or of a process that cannot be looked up, ends when it was not renewed for so long. */
const deadAfterMs = 6 * beatMs;
/** A holder that was killed a moment ago may still be on its way out: so long it is waited for. */
const leavingMs = 1500;
/** Between making the file and writing into it a holder takes at most this long. */
const writingMs = 1000;

export interface LockOptions {
  /** How often the lock is renewed, milliseconds. Default 10 000; for tests. */
  readonly beatMs?: number;
  /** After how long without renewal it is taken over, milliseconds. Default 60 000; for tests. */
  readonly deadAfterMs?: number;
}

/**
 * Holds a run folder for this process, so that two runs never write into one. The lock is renewed while it is held: one
 * whose process is gone, or whose machine on a shared disk has died, is taken over. Ages are told by the disk's own clock.
 *
 * @throws FramesiftError `output` naming who holds it
 */
export async function lockRun(path: string, options: LockOptions = {}): Promise<AsyncDisposable> {
  const patience = performance.now() + leavingMs;
  for (let attempt = 0; attempt < 20;) {
    const token = await take(path);
    if (token !== undefined) return hold(path, token, options.beatMs ?? beatMs);
    const { holder, lives } = await lookAt(path, options.deadAfterMs ?? deadAfterMs);
    if (holder && lives) {
      const mayLeave = holder.host === hostname() && holder.pid !== process.pid;
      if (mayLeave && performance.now() < patience) {
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
    await removeDead(path, holder?.token, options.deadAfterMs ?? deadAfterMs);
  }
  throw new FramesiftError('output', `${path}: another run takes this folder again and again. Choose another with -o.`);
}

function hold(path: string, token: string, everyMs: number): AsyncDisposable {
  held.add(token);
  const renewing = setInterval(() => {
    const now = new Date();
    // A lock that was lost is told of by whoever took it: there is nothing to renew.
    void utimes(path, now, now).catch(() => {});
  }, everyMs);
  renewing.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(renewing);
      held.delete(token);
      if ((await readHolder(path))?.token === token) await rm(path, { force: true });
    },
  };
}

/** @returns undefined where the file is there already */
async function take(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'wx');
    const began = beginningOf(process.pid);
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      since: new Date().toISOString(),
      ...(began === undefined ? {} : { began }),
      token: randomUUID(),
    };
    await file.writeFile(JSON.stringify(holder));
    return holder.token;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') {
      if ((await lstat(path).catch(() => undefined))?.isDirectory()) {
        throw new FramesiftError('output', `${path}: is a folder where the lock of a run belongs. Remove it.`);
      }
      return undefined;
    }
    // Made, and no room for what is to be in it.
    if (systemCodeOf(error) === 'ENOSPC') await rm(path, { force: true }).catch(() => {});
    throw outputError(path, error);
  }
}

interface Look {
  readonly holder: Holder | undefined;
  readonly lives: boolean;
}

async function lookAt(path: string, deadAfter: number): Promise<Look> {
  let holder = await readHolder(path);
  if (!holder && (await ageOf(path)) < writingMs) {
    // Another process has made it a moment ago and is about to write its name.
    await sleep(writingMs);
    holder = await readHolder(path);
  }
  return { holder, lives: holder !== undefined && (await isAlive(holder, path, deadAfter)) };
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Gone again, cut short by a crash, or written by somebody else: nobody holds it.
    return undefined;
  }
}

/** Milliseconds since the file was last written or renewed, by the clock of the disk that it lies on. */
async function ageOf(path: string): Promise<number> {
  const probe = `${path}.${process.pid}.${randomUUID()}.part`;
  let mtimeMs: number;
  try {
    ({ mtimeMs } = await lstat(path));
  } catch {
    return Infinity;
  }
  try {
    await using file = await open(probe, 'wx');
    return (await file.stat()).mtimeMs - mtimeMs;
  } catch {
    // Nothing can be written there, so this machine's clock has to do.
    return Date.now() - mtimeMs;
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

async function isAlive({ pid, host, began, token }: Holder, path: string, deadAfter: number): Promise<boolean> {
  if (host !== hostname()) return (await ageOf(path)) < deadAfter;
  // In a container a new process often has the number of the one before it.
  if (pid === process.pid) return held.has(token);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCodeOf(error) !== 'EPERM') return false;
  }
  const now = beginningOf(pid);
  if (began !== undefined && now !== undefined) return began === now;
  return (await ageOf(path)) < deadAfter;
}

/** When a process began, by what Linux tells in /proc; undefined elsewhere. */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; field 22 counts from behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Removes a lock that nobody holds. Of several processes that found it dead one removes it, and only if it still is the
 * one that was found: else the second would remove the lock that the first has taken meanwhile.
 */
async function removeDead(path: string, token: string | undefined, deadAfter: number): Promise<void> {
  const guard = `${path}.takeover.part`;
  try {
    await (await open(guard, 'wx')).close();
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw outputError(path, error);
    // Left by a process that was killed within these few lines.
    if ((await ageOf(guard)) > 10 * writingMs) await rm(guard, { force: true });
    await sleep(50);
    return;
  }
  try {
    const { holder, lives } = await lookAt(path, deadAfter);
    if (!lives && holder?.token === token) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Whether a living process holds this lock. */
export async function isHeld(path: string): Promise<boolean> {
  return (await lookAt(resolve(path), deadAfterMs)).lives;
}
