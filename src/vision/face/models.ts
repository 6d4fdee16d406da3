import { createHash } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { writeThenRename } from '../../core/whole-file.ts';
import { checkRuntime } from '../onnx.ts';
import { convertToOnnx, type Cut } from './tfjs/convert.ts';
import { readGraphModel } from './tfjs/graph-model.ts';

/** The networks used, by the names of their files in the package. */
export const faceModels = ['blazeface', 'facemesh', 'iris', 'centernet'] as const;
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
  /** The package's own folder. */
  readonly folder: string;
}

/** Goes up with every change to the conversion that changes its result, so that no stale file is taken from the cache. */
const conversion = 1;

const irisLayers = 'StatefulPartitionedCall/model/p_re_lu_';

/** Preparing pictures and choosing among boxes is done in our own code. */
const cuts: Readonly<Partial<Record<FaceModel, Cut>>> = {
  blazeface: { outputs: ['Identity', 'Identity_1', 'Identity_2', 'Identity_3'] },
  iris: {
    // Landmarks, and the features that the eye's contour and the iris are told by.
    outputs: ['Identity', `${irisLayers}36/Relu`, `${irisLayers}52/Relu`],
  },
  facemesh: { outputs: ['Identity_2', 'Identity_1'] },
  centernet: { outputs: ['tower_0/Sigmoid', 'tower_0/mul'] },
};

/**
 * Finds the face models inside the optional package `@vladmandic/human`, converted to ONNX. A conversion takes well
 * under a second and is kept in `cacheFolder`, under a name made of the model's digest. Any number of calls and processes
 * may begin with an empty folder: a process converts each model once, and of several processes any one's file is taken.
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
  return kept(cacheFolder, name, async () => convertToOnnx(await readGraphModel(source), cuts[model]));
}

/** Files that this process makes or has made, so that its jobs make each once. */
const making = new Map<string, Promise<string>>();

/** The path of a file that `make` gives the content of where it is not there yet. */
async function kept(folder: string, name: string, make: () => Promise<Uint8Array>): Promise<string> {
  const file = path.join(folder, name);
  const running = making.get(file);
  if (running) return running;
  const made = exists(file).then(async (there) => (there ? file : write(folder, name, await make())));
  making.set(file, made);
  try {
    return await made;
  } finally {
    // The next call looks anew: somebody may have emptied the cache, or mended what was in the way.
    making.delete(file);
  }
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  try {
    return await writeTo(folder, name, bytes);
  } catch {
    // A home folder that cannot be written to (a container, a service's account): converted anew by every process.
    return writeTo(path.join(tmpdir(), `framesift-${process.pid}`), name, bytes);
  }
}

async function writeTo(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(folder, { recursive: true });
  try {
    await writeThenRename(file, (unfinished) => writeFile(unfinished, bytes));
  } catch (error) {
    // Where an open file cannot be replaced (Windows), the one that another process has made is as good.
    if (!(await exists(file))) throw error;
  }
  return file;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
