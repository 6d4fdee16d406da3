import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Frame } from '../../core/frame.ts';
import { openModel } from '../../llm/open.ts';
import { catalogue, type CatalogueModel } from '../../store/models/catalogue.ts';
import { builtinEmbedder, openEmbedder } from '../../vision/models/embedder.ts';
import { tokenize } from '../../vision/models/tokenizer.ts';
import { openNetwork } from '../../vision/onnx.ts';
import { findEmbedder, findLanguageModel, findZeroShot, openModelFolder } from './registry.ts';
import { readThresholds } from '../../store/models/thresholds.ts';

/** A model as `framesift models` tells of it. */
export interface ListedModel {
  readonly name: string;
  readonly uses: readonly string[];
  readonly what: string;
  readonly licence: string;
  /** Of the files that are there; else about how much there is to fetch. */
  readonly bytes: number;
  readonly state: 'built-in' | 'installed' | 'damaged' | 'not installed';
  /** Where it lies. */
  readonly folder?: string;
  readonly source?: string;
  readonly pulled?: string;
  /** Whether it was opened and answered; the reason where it did not. Absent where it was not tried. */
  readonly loads?: boolean;
  readonly fault?: string;
  readonly device?: string;
  /** Whether thresholds for it are known on this machine, where it has any. */
  readonly calibrated?: boolean;
}

/**
 * What models there are, and whether those that are installed load: each is really opened and asked once.
 *
 * @param options.load false leaves out the opening, which takes seconds for a large one
 */
export async function listModels(options: {
  readonly load: boolean;
  readonly signal: AbortSignal;
}): Promise<readonly ListedModel[]> {
  const thresholds = await readThresholds();
  const models: ListedModel[] = [
    {
      name: builtinEmbedder.id,
      uses: ['embedder'],
      what: 'grey levels and edges by cell; needs no weights',
      licence: 'Apache-2.0',
      bytes: 0,
      state: 'built-in',
      loads: true,
      calibrated: builtinEmbedder.digest in thresholds.embedder,
    },
  ];
  for (const model of catalogue) {
    options.signal.throwIfAborted();
    models.push(await describe(model, options.load, options.signal));
  }
  return models;
}

async function describe(model: CatalogueModel, load: boolean, signal: AbortSignal): Promise<ListedModel> {
  const { name, uses, what, licence } = model;
  const installed = await openModelFolder().find(model);
  if (!installed) {
    return { name, uses, what, licence, bytes: model.megabytes * 1e6, state: 'not installed' };
  }
  const { folder, manifest, damaged, bytes } = installed;
  const common = { name, uses, what, licence, bytes, folder, source: manifest.source, pulled: manifest.pulled };
  if (damaged.length > 0) {
    const fault = `${damaged.join(', ')} missing or cut. Run: framesift models pull ${name}`;
    return { ...common, state: 'damaged', loads: false, fault };
  }
  const thresholds = await readThresholds();
  const digests = Object.values(manifest.files).map(({ sha256 }) => sha256);
  // Thresholds of kinds are kept under the digest with the labels' sentences behind it.
  const calibratedKinds = new Set(Object.keys(thresholds.kinds).map((key) => key.slice(0, key.indexOf(':'))));
  const known = digests.some((digest) => digest in thresholds.embedder || calibratedKinds.has(digest));
  const calibrated = uses.includes('language') ? {} : { calibrated: known };
  if (!load) return { ...common, state: 'installed', ...calibrated };
  try {
    return { ...common, state: 'installed', loads: true, ...calibrated, ...(await tryModel(model, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    return { ...common, state: 'installed', loads: false, fault: messageOf(error), ...calibrated };
  }
}

/** Opens the model and asks it once. @throws FramesiftError saying why it cannot be used */
async function tryModel(model: CatalogueModel, signal: AbortSignal): Promise<{ device?: string }> {
  if (model.uses.includes('language')) {
    await using opened = await openModel(await findLanguageModel(model.name), { images: 1, signal });
    return { device: opened.id.startsWith('gguf:') ? 'llama.cpp' : '' };
  }
  await using embedder = await openEmbedder(await findEmbedder(model.name));
  const [vector] = await embedder.of([greyFrame()], { signal });
  if (!vector?.every(Number.isFinite))
    throw new FramesiftError('model', 'it answers with something other than numbers');
  if (model.uses.includes('kinds')) {
    const files = await findZeroShot(model.name);
    await tokenize(files.folder, ['a slide']);
    const text = await openNetwork(files.textNetwork);
    await text[Symbol.asyncDispose]();
  }
  return { device: embedder.device };
}

/** A frame of one grey, for asking a model whether it answers at all. */
function greyFrame(): Frame {
  const grey = (width: number, height: number, channels: 1 | 3) => {
    return { data: new Uint8Array(width * height * channels).fill(128), width, height, channels } as const;
  };
  return {
    timeSeconds: 0,
    luma: grey(64, 36, 1),
    glimpses: async () => [],
    rgb: async () => grey(64, 36, 3),
    jpeg: async () => new Uint8Array(),
    [Symbol.dispose]: () => {},
  };
}
