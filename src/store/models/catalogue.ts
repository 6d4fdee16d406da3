/** What a model can be used for. */
export type ModelUse = 'embedder' | 'kinds' | 'language';

/** One file of a model: its path on the hub, which is also its path in the model's folder. */
export interface ModelFile {
  readonly path: string;
  /** Lower-case hexadecimal; only where somebody has fetched the file and looked. Otherwise the first pull's is kept. */
  readonly sha256?: string;
}

/** A model that `models pull` can fetch. */
export interface CatalogueModel {
  readonly name: string;
  readonly uses: readonly ModelUse[];
  /** One sentence for people. */
  readonly what: string;
  /** SPDX identifier of the weights' licence, as their makers state it. */
  readonly licence: string;
  /** About how much there is to fetch. A file that grows far beyond it is not the one that was meant. */
  readonly megabytes: number;
  /** OWNER/NAME on the hub. */
  readonly repository: string;
  readonly revision: string;
  readonly files: readonly ModelFile[];
}

/** Where models come from unless `--mirror` names another place with the same paths. */
export const modelHub = 'https://huggingface.co';

const settings = ['config.json', 'preprocessor_config.json'];
const tokenizer = ['tokenizer.json', 'tokenizer_config.json'];
const paths = (...list: readonly string[]): readonly ModelFile[] => list.map((path) => ({ path }));

/**
 * The models that Framesift knows by name. Repositories of ONNX files keep the layout of Transformers.js, those of GGUF
 * files the one of llama.cpp's own. Any other model of these kinds is used by the path of its folder or file.
 */
export const catalogue: readonly CatalogueModel[] = [
  {
    name: 'dinov2-small',
    uses: ['embedder'],
    what: 'tells pictures apart by what they look like; 384 numbers a picture',
    licence: 'Apache-2.0',
    megabytes: 88,
    repository: 'Xenova/dinov2-small',
    revision: 'main',
    files: paths('onnx/model.onnx', ...settings),
  },
  {
    name: 'dinov2-base',
    uses: ['embedder'],
    what: 'the same, four times the size; 768 numbers a picture',
    licence: 'Apache-2.0',
    megabytes: 346,
    repository: 'Xenova/dinov2-base',
    revision: 'main',
    files: paths('onnx/model.onnx', ...settings),
  },
  {
    name: 'clip-vit-b32',
    uses: ['embedder', 'kinds'],
    what: 'holds pictures against labels in your own words',
    licence: 'MIT',
    megabytes: 608,
    repository: 'Xenova/clip-vit-base-patch32',
    revision: 'main',
    files: paths('onnx/vision_model.onnx', 'onnx/text_model.onnx', ...settings, ...tokenizer),
  },
  {
    name: 'siglip-base',
    uses: ['embedder', 'kinds'],
    what: 'the same, newer and slower',
    licence: 'Apache-2.0',
    megabytes: 815,
    repository: 'Xenova/siglip-base-patch16-224',
    revision: 'main',
    files: paths('onnx/vision_model.onnx', 'onnx/text_model.onnx', ...settings, ...tokenizer),
  },
  {
    name: 'smolvlm2-500m',
    uses: ['language'],
    what: 'answers questions about pictures without a server; small, and no match for a 7B model',
    licence: 'Apache-2.0',
    megabytes: 546,
    repository: 'ggml-org/SmolVLM2-500M-Video-Instruct-GGUF',
    revision: 'main',
    files: paths('SmolVLM2-500M-Video-Instruct-Q8_0.gguf', 'mmproj-SmolVLM2-500M-Video-Instruct-Q8_0.gguf'),
  },
  {
    name: 'smolvlm2-2.2b',
    uses: ['language'],
    what: 'the same, four times the size',
    licence: 'Apache-2.0',
    megabytes: 1700,
    repository: 'ggml-org/SmolVLM2-2.2B-Instruct-GGUF',
    revision: 'main',
    files: paths('SmolVLM2-2.2B-Instruct-Q4_K_M.gguf', 'mmproj-SmolVLM2-2.2B-Instruct-Q8_0.gguf'),
  },
];

/** The model that answers where no server does and the user has agreed to it. */
export const embeddedDefault = 'smolvlm2-500m';

/** Address of a file on a hub or a mirror of one. */
export function addressOf(model: CatalogueModel, file: ModelFile, hub: string = modelHub): URL {
  const path = [model.repository, 'resolve', model.revision, file.path].join('/');
  return new URL(`${hub.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`);
}
