import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { checkRuntime } from '../onnx.ts';
import { handCut } from './hands.ts';
import { convertToOnnx, type Cut } from './tfjs/convert.ts';
import { readGraphModel } from './tfjs/graph-model.ts';

/** The networks used, by the names of their files in the package. */
export const faceModels = ['blazeface', 'facemesh', 'iris', 'centernet', 'handtrack'] as const;
export type FaceModel = (typeof faceModels)[number];

/** The package that holds them, and the version whose files are known here. */
export const faceModelPackage = '@vladmandic/human';
export const faceModelVersion = '3.3.6';

/** Where the converted networks lie. */
export interface FaceModels {
  readonly id: string;
  readonly version: string;
  /** Paths of ONNX files. */
  readonly files: Readonly<Record<FaceModel, string>>;
  /** The package's own folder, for constants that are no part of a network. */
  readonly folder: string;
}

/** Goes up with every change to the conversion that changes its result, so that no stale file is taken from the cache. */
const conversion = 1;

/** Preparing pictures and choosing among boxes is done in our own code. */
const cuts: Readonly<Partial<Record<FaceModel, Cut>>> = {
  blazeface: { outputs: ['Identity', 'Identity_1', 'Identity_2', 'Identity_3'] },
  facemesh: { outputs: ['Identity_2', 'Identity_1'] },
  centernet: { outputs: ['tower_0/Sigmoid', 'tower_0/mul'] },
  handtrack: handCut,
};

/**
 * Finds the face models inside the optional package `@vladmandic/human`, converted to ONNX. A conversion takes well
 * under a second and is kept in `cacheFolder`, under a name made of the model's digest.
 *
 * Throws FramesiftError `dependency` where the package is absent, `model` where its files are damaged.
 */
export async function findFaceModels(cacheFolder: string = defaultCacheFolder()): Promise<FaceModels> {
  const { folder, version } = await packagedModels();
  const files = {} as Record<FaceModel, string>;
  for (const model of faceModels) files[model] = await converted(model, folder, cacheFolder);
  return { id: faceModelPackage, version, files, folder };
}

/** Throws FramesiftError `dependency` where a package that measures faces is absent. */
export async function checkFaceEngine(): Promise<void> {
  await packagedModels();
  await checkRuntime();
}

/** The place that the system keeps for files that can be made again. */
function defaultCacheFolder(): string {
  const { FRAMESIFT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (FRAMESIFT_CACHE) return FRAMESIFT_CACHE;
  if (process.platform === 'win32' && LOCALAPPDATA) return path.join(LOCALAPPDATA, 'framesift', 'cache');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'framesift');
  return path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'framesift');
}

async function packagedModels(): Promise<{ folder: string; version: string }> {
  try {
    const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
    const root = path.dirname(path.dirname(entry));
    const manifest: unknown = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    const folder = path.join(root, 'models');
    await access(path.join(folder, 'facemesh.json'));
    const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
    return { folder, version: typeof version === 'string' ? version : '' };
  } catch (error) {
    throw new FramesiftError(
      'dependency',
      `The face models (@vladmandic/human) are not installed (${messageOf(error)}). ` +
        'Run `npm install @vladmandic/human@3.3.6`.',
      { cause: error },
    );
  }
}

async function converted(model: FaceModel, folder: string, cacheFolder: string): Promise<string> {
  const source = path.join(folder, `${model}.json`);
  const [topology, weights] = await Promise.all([readFile(source), readFile(path.join(folder, `${model}.bin`))]).catch(
    (error: unknown) => {
      throw new FramesiftError('model', `${source} cannot be read: ${messageOf(error)}`, { cause: error });
    },
  );
  const digest = createHash('sha256')
    .update(topology)
    .update(weights)
    .update(JSON.stringify(cuts[model] ?? {}));
  const name = `${model}-${digest.update(String(conversion)).digest('hex').slice(0, 16)}.onnx`;
  const file = path.join(cacheFolder, name);
  if (await exists(file)) return file;
  const bytes = convertToOnnx(await readGraphModel(source), cuts[model]);
  try {
    return await keep(bytes, cacheFolder, name);
  } catch {
    // A home folder that cannot be written to (a container, a service's account): converted anew by every process.
    return keep(bytes, path.join(tmpdir(), `framesift-${process.pid}`), name);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Beside and renamed, so that two processes at once never read half a file. */
async function keep(bytes: Uint8Array, folder: string, name: string): Promise<string> {
  const file = path.join(folder, name);
  const beside = `${file}.${process.pid}.part`;
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(beside, bytes);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return file;
}
