import { mkdir, mkdtemp, rm, symlink, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Picture } from '../../core/frame.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { FoundLanguage } from './language-data.ts';
import type { LineText } from './line.ts';

/** The part of tesseract.js that is used. It is installed by those who want it. */
interface Tesseract {
  createWorker(
    languages: string,
    mode: 1,
    options: { readonly langPath: string; readonly cacheMethod: 'none'; readonly errorHandler: () => void },
  ): Promise<{
    setParameters(parameters: Readonly<Record<string, string>>): Promise<unknown>;
    recognize(
      picture: Uint8Array,
      options: object,
      output: { readonly text: true },
    ): Promise<{ readonly data: { readonly text: string; readonly confidence: number } }>;
    terminate(): Promise<unknown>;
  }>;
}

/** One line at a time; none is turned from white on black, which is done here; letters of about 20 pixels. */
const parameters = { tessedit_pageseg_mode: '7', tessedit_do_invert: '0', user_defined_dpi: '150' };

/** White around a line: letters at its very edge are lost. */
const margin = 8;

/** Reads lines in some languages of one script. */
export interface LanguageReader extends AsyncDisposable {
  /** @param line as `cutLine` cuts it out. Throws FramesiftError `model` where reading fails. */
  read(line: Picture): Promise<LineText>;
}

/** Every data file under the one name that is asked for, packed or not: what is inside tells. */
async function folderOf(languages: readonly FoundLanguage[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'framesift-languages-'));
  await mkdir(folder, { recursive: true });
  for (const { data, file } of languages) {
    const name = path.join(folder, `${data}.traineddata.gz`);
    // Where links are not allowed, a copy of some megabytes does.
    await symlink(file, name).catch(() => copyFile(file, name));
  }
  return folder;
}

/**
 * Loads Tesseract with the data of languages.
 *
 * @throws FramesiftError `dependency` where tesseract.js is not installed, `model` where the data cannot be loaded
 */
export async function openLanguageReader(languages: readonly FoundLanguage[]): Promise<LanguageReader> {
  const name = 'tesseract.js';
  let engine: Tesseract;
  try {
    const loaded = (await import(name)) as Tesseract & { readonly default?: Tesseract };
    engine = loaded.default ?? loaded;
  } catch (error) {
    const why = `tesseract.js cannot be loaded (${messageOf(error)}). Install: npm install --no-save tesseract.js@7`;
    throw new FramesiftError('dependency', why, { cause: error });
  }
  const folder = await folderOf(languages);
  const names = languages.map(({ data }) => data).join('+');
  try {
    const options = { langPath: folder, cacheMethod: 'none', errorHandler: () => {} } as const;
    const worker = await engine.createWorker(names, 1, options);
    await worker.setParameters(parameters);
    const eastern = languages.some(({ script }) => script === 'Han');
    return {
      async read(line) {
        const { data } = await worker.recognize(greyFile(line), {}, { text: true });
        return { text: tidy(data.text, eastern), confidence: data.confidence / 100 };
      },
      [Symbol.asyncDispose]: async () => void (await worker.terminate()),
    };
  } catch (error) {
    throw new FramesiftError('model', `The data of ${names} cannot be loaded (${messageOf(error)}).`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Spaces that Tesseract sets between signs of eastern scripts are none. */
function tidy(text: string, eastern: boolean): string {
  // Marks of the writing direction are Tesseract's own, and a point of an Arabic list is read as its zero.
  const one = text
    .replaceAll(/[\u200e\u200f]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^٠ /, '· ');
  if (!eastern) return one;
  return one.replaceAll(
    /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー、。]) (?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー、。])/gu,
    '',
  );
}

/** The line as a PGM file, dark on light. */
function greyFile({ data, width, height }: Picture): Uint8Array {
  const grey = new Uint8Array(width * height);
  let sum = 0;
  for (let pixel = 0; pixel < grey.length; pixel += 1) {
    const value = 0.299 * data[pixel * 3]! + 0.587 * data[pixel * 3 + 1]! + 0.114 * data[pixel * 3 + 2]!;
    grey[pixel] = value;
    sum += value;
  }
  const inverted = sum < grey.length * 128;
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const header = Buffer.from(`P5\n${wide} ${high}\n255\n`);
  const file = new Uint8Array(header.length + wide * high).fill(255);
  file.set(header);
  for (let y = 0; y < height; y += 1) {
    const target = header.length + (y + margin) * wide + margin;
    for (let x = 0; x < width; x += 1) {
      const value = grey[y * width + x]!;
      file[target + x] = inverted ? 255 - value : value;
    }
  }
  return file;
}
