import { lstat, readFile, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { runFormatVersion, type RunRecord, type SourceIdentity } from '../core/run.ts';
import { redactedJson } from '../core/secrets.ts';
import { refuseLinks } from './own-file.ts';
import { runFiles } from './run-files.ts';
import { lockRun } from './run-lock.ts';
import { makeFolder, outputError, writeWhole } from './write-file.ts';

/** Whose folder it is: of one video under one workflow. */
export interface RunOwner {
  readonly source: SourceIdentity;
  readonly workflow: string;
}

/** The folder of one run, whatever its workflow, held for this process while it is open. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;
  /** What an earlier run in this folder recorded, if there was one. */
  readonly earlier: RunRecord | undefined;
  readonly #lock: AsyncDisposable;
  /** The topmost folder that was made for this run. */
  readonly #made: string | undefined;
  #leavesNothing = false;

  private constructor(path: string, lock: AsyncDisposable, earlier: RunRecord | undefined, made: string | undefined) {
    this.#made = made;
    this.path = path;
    this.#lock = lock;
    this.earlier = earlier;
  }

  /**
   * Opens or makes the folder.
   *
   * @param replace takes a folder over that an older version wrote in another form, and removes links in it. Default false
   * @throws FramesiftError `output` when it belongs to another video or workflow, is held by another process, was written
   *   in another form, holds other people's files or cannot be written
   */
  static async open(path: string, owner: RunOwner, { replace = false } = {}): Promise<RunFolder> {
    const found = await findRecord(path);
    if (found.state === 'other form' && !replace)
      throw otherForm('output', path, found.by, ' Or do it again with --force.');
    const earlier = found.state === 'found' ? found.record : undefined;
    if (earlier && earlier.source.identity !== owner.source.identity) {
      throw elsewhere(path, `holds the results of another video (${earlier.source.name})`);
    }
    if (earlier && earlier.workflow.id !== owner.workflow) {
      throw elsewhere(path, `holds the results of another workflow (${earlier.workflow.id}), not of ${owner.workflow}`);
    }
    if (found.state === 'none') await refuseForeignFolder(path);
    await refuseLinks(path, replace);
    const made = await makeFolder(path);
    const lock = await lockRun(join(path, runFiles.lock));
    return new RunFolder(path, lock, earlier, made);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  writeRecord(record: RunRecord): Promise<void> {
    return this.writeJson(runFiles.record, record);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return writeWhole(this.file(name), `${redactedJson(value, 2)}\n`);
  }

  /** Removes files of a run, or the pictures within a folder of one; what others put beside them stays. */
  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await removeOwn(this.file(name));
  }

  /** When it is closed, everything that a run may have written is removed: nothing came of it. Not where one was before. */
  leaveNothing(): void {
    this.#leavesNothing = this.earlier === undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#leavesNothing) {
      const names = Object.values(runFiles).filter((name) => name !== runFiles.lock);
      await this.remove([...names, ...names.map((name) => `${name}.part`)]).catch(() => {});
    }
    await this.#lock[Symbol.asyncDispose]();
    if (this.#leavesNothing && this.#made !== undefined) await removeEmpty(this.path, this.#made);
  }
}

/** Names that runs give to files within their folders of pictures and of memory. */
const ownName = /^(draft-[\w-]+|\d{4,}(-\d+)?|[a-z_]+-\d+(-\d+)?|[0-9a-f]{32})\.(jpg|png|json)(\.\w+\.part)?$/;

/** A link is removed, never what lies behind it. */
async function removeOwn(path: string): Promise<void> {
  try {
    const found = await lstat(path).catch(() => undefined);
    if (!found) return;
    if (!found.isDirectory()) return await rm(path, { force: true });
    for (const name of await readdir(path)) if (ownName.test(name)) await rm(join(path, name), { force: true });
    await rmdir(path).catch(() => {});
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Removes a folder and those above it, up to `top`, as far as they are empty. */
async function removeEmpty(path: string, top: string): Promise<void> {
  for (let folder = path; folder.length >= top.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      // Somebody else's files are in it.
      return;
    }
  }
}

const count = z.record(z.string(), z.number());

/** What every reader relies on; what only one stage reads, that stage checks. */
const recordSchema = z.looseObject({
  formatVersion: z.literal(runFormatVersion),
  framesift: z.string(),
  workflow: z.looseObject({ id: z.string(), version: z.number() }),
  state: z.enum(['running', 'interrupted', 'failed', 'incomplete', 'finished']),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
  source: z.looseObject({ path: z.string(), name: z.string(), bytes: z.number(), identity: z.string() }),
  video: z.looseObject({}),
  options: z.record(z.string(), z.unknown()),
  mark: z.string().optional(),
  stages: z.array(
    z.looseObject({
      id: z.string(),
      state: z.enum(['waiting', 'running', 'incomplete', 'finished']),
      decides: z.record(z.string(), z.unknown()),
      failed: z.number().optional(),
      settled: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  models: z.array(z.looseObject({ use: z.string(), id: z.string() })),
  started: z.string(),
  finished: z.string().optional(),
  forgotten: z.string().optional(),
  sent: z.looseObject({ to: z.array(z.string()), frames: z.array(z.number()) }).optional(),
  timings: z.array(z.looseObject({ stage: z.string(), wallMs: z.number(), count: z.number() })),
  decode: z.looseObject({ endSeconds: z.number(), packets: z.number(), cpuMs: z.number() }).optional(),
  counts: count,
  figures: count,
  cost: z.object({
    modelCalls: z.number(),
    tokensIn: z.number(),
    tokensOut: z.number(),
    cpuMs: z.number(),
    peakMemoryMb: z.number(),
  }),
  warnings: z.array(z.string()),
});

type Found =
  | { readonly state: 'none' }
  | { readonly state: 'damaged' }
  | { readonly state: 'other form'; readonly by: string }
  | { readonly state: 'found'; readonly record: RunRecord };

async function findRecord(folder: string): Promise<Found> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, runFiles.record), 'utf8'));
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES') throw outputError(folder, error);
    return { state: error instanceof SyntaxError || systemCodeOf(error) === 'EISDIR' ? 'damaged' : 'none' };
  }
  const read = recordSchema.safeParse(value);
  if (read.success) return { state: 'found', record: value as RunRecord };
  const other = z.looseObject({ framesift: z.string(), formatVersion: z.number().optional() }).safeParse(value);
  const isOther = other.success && other.data.formatVersion !== runFormatVersion;
  return isOther ? { state: 'other form', by: other.data.framesift } : { state: 'damaged' };
}

/**
 * The manifest of the run in a folder.
 *
 * @returns undefined where there is none, or one that is damaged
 * @throws FramesiftError `input` where another version wrote it in another form
 */
export async function readRecord(folder: string): Promise<RunRecord | undefined> {
  const found = await findRecord(folder);
  if (found.state === 'other form') throw otherForm('input', folder, found.by, ' Run its command again.');
  return found.state === 'found' ? found.record : undefined;
}

function otherForm(code: 'input' | 'output', folder: string, by: string, more: string): FramesiftError {
  const instead = code === 'output' ? ' Choose another folder with -o.' : '';
  return new FramesiftError(
    code,
    `${folder}: holds a run that framesift ${by} wrote in another form.${instead}${more}`,
  );
}

/** A folder with other people's files in it is not ours to write into. */
async function refuseForeignFolder(path: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw outputError(path, error);
  }
  // Left by a run that ended before it could write its record.
  const ours = new Set<string>(Object.values(runFiles));
  if (names.every((name) => ours.has(name) || name.endsWith('.part'))) return;
  throw elsewhere(path, 'is not empty and holds no run of framesift');
}

const elsewhere = (folder: string, why: string): FramesiftError =>
  new FramesiftError('output', `${folder}: ${why}. Choose another folder with -o.`);
