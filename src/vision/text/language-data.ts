import { access, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import { installCommand, type Language } from './languages.ts';

/** A language whose data lie in a file, packed or not. */
export interface FoundLanguage extends Language {
  readonly file: string;
}

const require = createRequire(import.meta.url);

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Where Tesseract's own packages put their data: Debian and Fedora, what was built by hand, Homebrew. */
async function systemFolders(): Promise<string[]> {
  const debian = '/usr/share/tesseract-ocr';
  const versions = await readdir(debian).catch(() => []);
  return [
    ...versions.map((version) => path.join(debian, version, 'tessdata')),
    ...['/usr/share', '/usr/local/share', '/opt/homebrew/share'].map((share) => path.join(share, 'tessdata')),
  ];
}

async function fileOf({ data }: Language): Promise<string | undefined> {
  const own = process.env['TESSDATA_PREFIX'];
  const candidates = own === undefined ? [] : [path.join(own, `${data}.traineddata`)];
  try {
    const folder = path.dirname(require.resolve(`@tesseract.js-data/${data}/package.json`));
    candidates.push(path.join(folder, '4.0.0_best_int', `${data}.traineddata.gz`));
  } catch {
    // Not installed: the system may have it.
  }
  for (const folder of await systemFolders()) candidates.push(path.join(folder, `${data}.traineddata`));
  for (const file of candidates) if (await isThere(file)) return file;
  return undefined;
}

function hasEngine(): boolean {
  try {
    require.resolve('tesseract.js');
    return true;
  } catch {
    return false;
  }
}

/**
 * The data of languages: in the folder that TESSDATA_PREFIX names, in the packages `@tesseract.js-data/…`, or where the
 * system keeps Tesseract's.
 *
 * @throws FramesiftError `dependency` that names those that are not installed, and the command that installs them
 */
export async function findLanguages(languages: readonly Language[]): Promise<readonly FoundLanguage[]> {
  const found: FoundLanguage[] = [];
  const missing: Language[] = [];
  for (const language of languages) {
    const file = await fileOf(language);
    if (file === undefined) missing.push(language);
    else found.push({ ...language, file });
  }
  if (missing.length > 0 || (languages.length > 0 && !hasEngine())) {
    const names = (missing.length > 0 ? missing : languages).map(({ name, code }) => `${name} (${code})`).join(', ');
    throw new FramesiftError('dependency', `${names} cannot be read yet. Install: ${installCommand(missing)}`);
  }
  return found;
}
