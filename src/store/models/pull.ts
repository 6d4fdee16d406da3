import { copyFile, link, mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import { lockRun } from '../run-lock.ts';
import { makeFolder, outputError } from '../write-file.ts';
import { addressOf, modelHub, type CatalogueModel } from './catalogue.ts';
import { fetchFile } from './fetch-file.ts';
import { digestOf, stagingFolder, type InstalledModel, type ModelFolder } from './model-folder.ts';
import { takeFiles } from './unpack.ts';

export type PullEvent =
  | { readonly type: 'file'; readonly file: string; readonly bytes: number; readonly ofBytes: number | undefined }
  | { readonly type: 'checking'; readonly file: string }
  /** It is there already, and is what it was when it was pulled. */
  | { readonly type: 'present'; readonly file: string }
  | { readonly type: 'digest'; readonly file: string; readonly sha256: string; readonly known: boolean };

export interface PullOptions {
  /** Another place with the hub's paths. */
  readonly mirror?: string;
  /** A folder or a .tar(.gz) that holds the files; then no network is used. */
  readonly from?: string;
  /** Takes files whose digest is not the recorded one, and records the new one. */
  readonly acceptChanged?: boolean;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: PullEvent) => void;
  /** For tests; see `FetchOptions`. */
  readonly idleSeconds?: number;
}

/** A model may grow by so much over what the catalogue says before it is taken for something else. */
const growth = 1.6;
/** Small files (settings, tokenizers) come beside the weights, bytes. */
const besideWeights = 64 * 1024 * 1024;
const maxBytesOf = (model: CatalogueModel): number => model.megabytes * 1e6 * growth + besideWeights;

/**
 * Puts a model into the folder: fetched, or taken from a folder or archive; every file held against its digest; moved
 * to its place only when it is whole. A pull that was broken off is continued by the next one.
 *
 * A digest that the catalogue does not know is recorded the first time and binding from then on.
 *
 * @throws FramesiftError `model` or `output`, one line that says what to do
 */
export async function pullModel(
  model: CatalogueModel,
  folder: ModelFolder,
  options: PullOptions,
): Promise<InstalledModel> {
  const { signal, onEvent = () => {} } = options;
  const staging = join(folder.path, stagingFolder, model.name);
  await makeFolder(staging);
  await using stack = new AsyncDisposableStack();
  stack.use(await lockPull(model, `${staging}.lock`));
  const maxBytes = maxBytesOf(model);
  if (options.from === undefined) {
    const kept = options.acceptChanged ? 0 : await keepIntact(model, folder, staging, options);
    if (kept === model.files.length) {
      await rm(staging, { recursive: true, force: true });
      return (await folder.find(model))!;
    }
    await checkRoom(model, folder.path);
    await fetchAll(model, staging, options, maxBytes);
  } else {
    await rm(staging, { recursive: true, force: true });
    await makeFolder(staging);
    const files = model.files.map(({ path }) => path);
    await takeFiles(options.from, { files, into: staging, maxBytes, signal });
  }
  const recorded = await folder.digests();
  const digests: Record<string, string> = {};
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const { path, sha256 } of model.files) {
    onEvent({ type: 'checking', file: path });
    const found = await digestOf(join(staging, path), signal);
    const key = `${model.name}/${path}`;
    const expected = sha256 ?? (options.acceptChanged ? undefined : recorded[key]);
    if (expected !== undefined && expected !== found) {
      await rm(join(staging, path), { force: true });
      throw wrongDigest(model, path, expected, found, sha256 === undefined);
    }
    onEvent({ type: 'digest', file: path, sha256: found, known: expected !== undefined });
    digests[key] = found;
    files[path] = { bytes: (await stat(join(staging, path))).size, sha256: found };
  }
  const source = options.from ?? options.mirror ?? modelHub;
  await folder.writeManifest(staging, { name: model.name, source, pulled: new Date().toISOString(), files });
  await folder.recordDigests(digests);
  await moveInto(staging, folder.folderOf(model.name));
  const installed = await folder.find(model);
  if (!installed) throw new Error(`${model.name} is not where it was put`);
  return installed;
}

async function lockPull({ name }: CatalogueModel, path: string): Promise<AsyncDisposable> {
  try {
    return await lockRun(path);
  } catch (error) {
    const held = error instanceof FramesiftError && /another run/.test(error.message);
    if (!held) throw error;
    throw new FramesiftError('output', `Another process pulls ${name} now. Wait for it, then run this again.`, {
      cause: error,
    });
  }
}

/** Puts what is installed and undamaged beside what is fetched; returns how many files that are. */
async function keepIntact(
  model: CatalogueModel,
  folder: ModelFolder,
  staging: string,
  { signal, onEvent = () => {} }: PullOptions,
): Promise<number> {
  const installed = await folder.find(model);
  if (!installed) return 0;
  const recorded = await folder.digests();
  let kept = 0;
  for (const { path, sha256 } of model.files) {
    const known = sha256 ?? recorded[`${model.name}/${path}`];
    if (known === undefined || installed.damaged.includes(path)) continue;
    onEvent({ type: 'checking', file: path });
    const own = join(installed.folder, path);
    if ((await digestOf(own, signal)) !== known) continue;
    const target = join(staging, path);
    await makeFolder(dirname(target));
    await rm(target, { force: true });
    // A second name costs no room; where a disk has none, a copy does.
    await link(own, target).catch(() => copyFile(own, target));
    onEvent({ type: 'present', file: path });
    kept += 1;
  }
  return kept;
}

async function fetchAll(model: CatalogueModel, staging: string, options: PullOptions, maxBytes: number): Promise<void> {
  const { signal, onEvent = () => {}, idleSeconds } = options;
  for (const file of model.files) {
    const target = join(staging, file.path);
    // Whole files of a pull that was broken off are moved there and nowhere else.
    if (await exists(target)) continue;
    const part = `${target}.part`;
    await makeFolder(dirname(target));
    const { told } = await fetchFile(addressOf(model, file, options.mirror), {
      part,
      maxBytes,
      signal,
      onProgress: (bytes, ofBytes) => onEvent({ type: 'file', file: file.path, bytes, ofBytes }),
      ...(idleSeconds === undefined ? {} : { idleSeconds }),
    });
    if (told !== undefined && (await digestOf(part, signal)) !== told) {
      await rm(part, { force: true });
      throw new FramesiftError(
        'model',
        `${file.path} of ${model.name} came damaged: its digest is not the one that the hub tells. Run the same command again.`,
      );
    }
    await rename(part, target).catch((error: unknown) => {
      throw outputError(target, error);
    });
  }
}

/** The old folder steps aside first, so that there is no moment with half of each. */
async function moveInto(staging: string, target: string): Promise<void> {
  const old = `${target}.${process.pid}.old`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(target, old).catch(() => {});
    await rename(staging, target);
  } catch (error) {
    await rename(old, target).catch(() => {});
    throw outputError(target, error);
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

async function checkRoom(model: CatalogueModel, path: string): Promise<void> {
  const disk = await statfs(path).catch(() => undefined);
  const free = disk ? disk.bavail * disk.bsize : Infinity;
  if (free < model.megabytes * 1e6) {
    throw new FramesiftError(
      'output',
      `${path}: ${Math.round(free / 1e6)} MB free, and ${model.name} takes about ${model.megabytes} MB. Make room, or set FRAMESIFT_MODELS to a folder on another disk.`,
    );
  }
}

function wrongDigest(
  model: CatalogueModel,
  path: string,
  expected: string,
  found: string,
  recorded: boolean,
): FramesiftError {
  const what = recorded ? 'that was recorded when it was first pulled' : 'that is known';
  const remedy = recorded
    ? 'If its makers have published a new version and you trust it: --accept-changed.'
    : 'Check --mirror or --from: this is not the file that was meant.';
  return new FramesiftError(
    'model',
    `${path} of ${model.name} has the digest ${found.slice(0, 16)}…, not ${expected.slice(0, 16)}…, ${what}. Nothing was changed. ${remedy}`,
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
