import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunningDevice } from '../../core/device.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { Measure } from '../../core/measurement.ts';
import { writeThenRename } from '../../core/whole-file.ts';
import { openNetwork } from '../onnx.ts';
import { softmax } from './classifier.ts';
import { openEmbedder, unit, type EmbedderFiles, type OpenOptions } from './embedder.ts';
import { tokenize } from './tokenizer.ts';

/** A label with the sentences that describe it. */
export interface WordedLabel {
  readonly label: string;
  readonly prompts: readonly string[];
}

/** Shares of the labels, 0–1 in their order, together 1. */
export type LabelShares = readonly number[];

export interface ZeroShot extends Measure<LabelShares>, AsyncDisposable {
  readonly digest: string;
  readonly device: RunningDevice;
  readonly notice?: string;
  /** True where the text side was there from an earlier run, and no text model was loaded. */
  readonly textFromCache: boolean;
}

export interface ZeroShotFiles extends EmbedderFiles {
  readonly textNetwork: string;
  /** Folder of tokenizer.json and tokenizer_config.json. */
  readonly folder: string;
  readonly textDigest: string;
}

/**
 * What similarities are multiplied by before softmax: CLIP learns it and is held to 100 (Radford et al. 2021, arXiv
 * 2103.00020, 2.5). SigLIP's own is not in its separate vision and text files; the confidence is therefore a ranking of
 * the labels until it is calibrated, whichever of the two it is.
 */
const scale = 100;

/**
 * Holds pictures against labels in words with CLIP or SigLIP. Several sentences of a label are averaged (Radford et al.
 * 2021, 3.1.4). The text side is computed once for each set of sentences and kept in `cacheFolder`.
 *
 * @throws FramesiftError `dependency` or `model`
 */
export async function openZeroShot(
  files: ZeroShotFiles,
  labels: readonly WordedLabel[],
  options: OpenOptions & { readonly cacheFolder: string },
): Promise<ZeroShot> {
  const { vectors, cached } = await textVectors(files, labels, options);
  const embedder = await openEmbedder(files, options);
  return {
    id: files.id,
    digest: files.digest,
    device: embedder.device,
    ...(embedder.notice === undefined ? {} : { notice: embedder.notice }),
    textFromCache: cached,
    async of(frames, context) {
      const pictures = await embedder.of(frames, context);
      return pictures.map((picture) => {
        return softmax(vectors.map((text) => scale * dot(picture, text, files.network)));
      });
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}

function dot(a: Float32Array, b: Float32Array, file: string): number {
  if (a.length !== b.length) {
    throw new FramesiftError(
      'model',
      `${file}: pictures have ${a.length} numbers and texts ${b.length}: the two files are not of one model.`,
    );
  }
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

async function textVectors(
  files: ZeroShotFiles,
  labels: readonly WordedLabel[],
  options: OpenOptions & { readonly cacheFolder: string },
): Promise<{ vectors: Float32Array[]; cached: boolean }> {
  const key = createHash('sha256')
    .update(JSON.stringify([files.textDigest, labels.map(({ prompts }) => prompts)]))
    .digest('hex')
    .slice(0, 32);
  const file = join(options.cacheFolder, `${key}.f32`);
  const known = await readVectors(file, labels.length);
  if (known) return { vectors: known, cached: true };
  const prompts = labels.flatMap((label) => label.prompts);
  const encoded = await encodeTexts(files, prompts, options);
  let at = 0;
  const vectors = labels.map((label) => {
    const own = encoded.slice(at, (at += label.prompts.length));
    return unit(own[0]!.map((_, index) => own.reduce((sum, vector) => sum + vector[index]!, 0)));
  });
  await keepVectors(file, vectors);
  return { vectors, cached: false };
}

async function encodeTexts(
  files: ZeroShotFiles,
  texts: readonly string[],
  options: OpenOptions,
): Promise<readonly Float32Array[]> {
  const { ids, mask, dims } = await tokenize(files.folder, texts);
  await using network = await openNetwork(files.textNetwork, {
    device: options.device ?? 'auto',
    threads: options.threads ?? 1,
  });
  const output = ['text_embeds', 'pooler_output'].find((name) => network.outputs.includes(name));
  if (output === undefined || !network.inputs.includes('input_ids')) {
    throw new FramesiftError(
      'model',
      `${files.textNetwork}: not the text side of CLIP or SigLIP (input_ids in, text_embeds or pooler_output out).`,
    );
  }
  const [answer] = await network.runNamed(
    {
      input_ids: { data: ids, dims },
      ...(network.inputs.includes('attention_mask') ? { attention_mask: { data: mask, dims } } : {}),
    },
    [output],
  );
  const length = answer!.data.length / texts.length;
  return texts.map((_, index) => unit(answer!.data.subarray(index * length, (index + 1) * length)));
}

async function readVectors(file: string, count: number): Promise<Float32Array[] | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes || bytes.length === 0 || bytes.length % (4 * count) !== 0) return undefined;
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  const length = all.length / count;
  return Array.from({ length: count }, (_, index) => all.slice(index * length, (index + 1) * length));
}

/** A cache that cannot be written costs the time of doing it again, no more. */
async function keepVectors(file: string, vectors: readonly Float32Array[]): Promise<void> {
  const bytes = Buffer.concat(vectors.map(({ buffer }) => new Uint8Array(buffer)));
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeThenRename(file, (unfinished) => writeFile(unfinished, bytes));
  } catch {
    // Computed again by the next run.
  }
}
