import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import { catalogue, type CatalogueModel, type ModelUse } from '../../store/models/catalogue.ts';
import { digestOf, ModelFolder } from '../../store/models/model-folder.ts';
import type { EmbedderFiles } from '../../vision/models/embedder.ts';
import { readPreprocessor } from '../../vision/models/preprocessor.ts';
import type { ZeroShotFiles } from '../../vision/models/zero-shot.ts';
import { modelsPath } from '../../core/places.ts';

/** A folder that holds a model, by name or by path. */
interface Located {
  readonly id: string;
  readonly folder: string;
  /** Digests known from when it was pulled, by path in the folder. */
  readonly digests: Readonly<Record<string, string>>;
  /** An .onnx file that was named itself. */
  readonly file?: string;
}

export const openModelFolder = (): ModelFolder => new ModelFolder(modelsPath());

/**
 * The catalogue's model of that name.
 *
 * @throws FramesiftError `usage` naming those there are
 */
export function catalogueModel(name: string, use?: ModelUse): CatalogueModel {
  const fitting = catalogue.filter(({ uses }) => use === undefined || uses.includes(use));
  const found = fitting.find((model) => model.name === name);
  if (found) return found;
  const names = fitting.map((model) => model.name).join(', ');
  const other = catalogue.some((model) => model.name === name);
  const what = other ? `${name} is not a model for that` : `${name}: no such model`;
  throw new FramesiftError('usage', `${what}. There are: ${names}. See framesift models.`);
}

/** @throws FramesiftError `model` or `usage`, saying how to get the model */
async function locate(nameOrPath: string, use: ModelUse): Promise<Located> {
  const info = await stat(nameOrPath).catch(() => undefined);
  if (info?.isDirectory()) return { id: basename(nameOrPath), folder: nameOrPath, digests: {} };
  if (info?.isFile()) {
    const folder = dirname(nameOrPath);
    // `model/onnx/model.onnx` has its settings in `model/`.
    const root = basename(folder) === 'onnx' ? dirname(folder) : folder;
    return { id: basename(nameOrPath), folder: root, digests: {}, file: nameOrPath };
  }
  if (/[\\/]|\.onnx$/i.test(nameOrPath)) {
    throw new FramesiftError('model', `${nameOrPath}: no such file or folder.`);
  }
  const model = catalogueModel(nameOrPath, use);
  const installed = await openModelFolder().find(model);
  const remedy = `Get it with: framesift models pull ${model.name} (about ${model.megabytes} MB)`;
  if (!installed) throw new FramesiftError('model', `${model.name} is not installed. ${remedy}`);
  if (installed.damaged.length > 0) {
    throw new FramesiftError('model', `${model.name} is damaged (${installed.damaged.join(', ')}). ${remedy}`);
  }
  const digests = Object.fromEntries(
    Object.entries(installed.manifest.files).map(([path, { sha256 }]) => [path, sha256]),
  );
  return { id: model.name, folder: installed.folder, digests };
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

async function fileIn(located: Located, names: readonly string[]): Promise<{ path: string; digest: string }> {
  for (const name of names) {
    const path = join(located.folder, name);
    if (await isFile(path)) return { path, digest: located.digests[name] ?? (await digestOf(path)) };
  }
  throw new FramesiftError('model', `${located.folder}: holds none of ${names.join(', ')}: not a model of this kind.`);
}

/**
 * The files of an embedder: a name of the catalogue, a folder in the hub's layout, or an .onnx file with its
 * preprocessor_config.json in the same folder or the one above `onnx/`.
 *
 * @throws FramesiftError `model` or `usage`
 */
export async function findEmbedder(nameOrPath: string): Promise<EmbedderFiles> {
  const located = await locate(nameOrPath, 'embedder');
  const network =
    located.file === undefined
      ? await fileIn(located, ['onnx/vision_model.onnx', 'onnx/model.onnx', 'model.onnx'])
      : { path: located.file, digest: await digestOf(located.file) };
  const settings = join(located.folder, 'preprocessor_config.json');
  return { id: located.id, digest: network.digest, network: network.path, input: await readPreprocessor(settings) };
}

/** The files of a model that holds pictures against words. @throws FramesiftError `model` or `usage` */
export async function findZeroShot(nameOrPath: string): Promise<ZeroShotFiles> {
  const located = await locate(nameOrPath, 'kinds');
  const vision = await fileIn(located, ['onnx/vision_model.onnx', 'vision_model.onnx']);
  const text = await fileIn(located, ['onnx/text_model.onnx', 'text_model.onnx']);
  return {
    id: located.id,
    digest: vision.digest,
    network: vision.path,
    input: await readPreprocessor(join(located.folder, 'preprocessor_config.json')),
    textNetwork: text.path,
    textDigest: text.digest,
    folder: located.folder,
  };
}

/**
 * An installed language model as `--model` names it: `gguf:TEXT+PROJECTOR`.
 *
 * @throws FramesiftError `model` or `usage`
 */
export async function findLanguageModel(name: string): Promise<string> {
  const model = catalogueModel(name, 'language');
  const located = await locate(name, 'language');
  const [text, projector] = model.files;
  return `gguf:${join(located.folder, text!.path)}+${join(located.folder, projector!.path)}`;
}
