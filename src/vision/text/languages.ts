import { FramesiftError } from '../../core/errors.ts';
import type { Script } from './script-model.ts';

/** A language that lines can be read in beside what the built-in weights know (English, Chinese). */
export interface Language {
  /** ISO 639-1, as `--languages` takes it. */
  readonly code: string;
  readonly name: string;
  /** Name of Tesseract's data: `deu` in deu.traineddata and `@tesseract.js-data/deu`. */
  readonly data: string;
  readonly script: Script | 'Hangul';
  /** What installs the data where no npm package does. */
  readonly install?: string;
}

const latin = { de: ['German', 'deu'], fr: ['French', 'fra'], es: ['Spanish', 'spa'], it: ['Italian', 'ita'],
  pt: ['Portuguese', 'por'], nl: ['Dutch', 'nld'], pl: ['Polish', 'pol'], cs: ['Czech', 'ces'], hu: ['Hungarian', 'hun'],
  ro: ['Romanian', 'ron'], sv: ['Swedish', 'swe'], tr: ['Turkish', 'tur'] } as const; // prettier-ignore

const languages: readonly Language[] = [
  ...Object.entries(latin).map(([code, [name, data]]) => ({ code, name, data, script: 'Latin' as const })),
  { code: 'ru', name: 'Russian', data: 'rus', script: 'Cyrillic', install: 'apt-get install tesseract-ocr-rus' },
  { code: 'uk', name: 'Ukrainian', data: 'ukr', script: 'Cyrillic' },
  { code: 'el', name: 'Greek', data: 'ell', script: 'Greek' },
  { code: 'ar', name: 'Arabic', data: 'ara', script: 'Arabic' },
  { code: 'he', name: 'Hebrew', data: 'heb', script: 'Hebrew' },
  { code: 'hi', name: 'Hindi', data: 'hin', script: 'Devanagari' },
  { code: 'ja', name: 'Japanese', data: 'jpn', script: 'Han' },
  { code: 'ko', name: 'Korean', data: 'kor', script: 'Hangul' },
];

/** Read by the built-in weights as they are. */
const builtIn: readonly string[] = ['en', 'zh'];

export const languageCodes: readonly string[] = [...builtIn, ...languages.map(({ code }) => code)].toSorted();

/**
 * The languages that codes stand for; those that the built-in weights read are left out.
 *
 * @throws FramesiftError `usage` that lists the codes there are
 */
export function languagesOf(codes: readonly string[]): readonly Language[] {
  return [...new Set(codes)].flatMap((code) => {
    const known = languages.find((language) => language.code === code.toLowerCase());
    if (known) return [known];
    if (builtIn.includes(code.toLowerCase())) return [];
    throw new FramesiftError(
      'usage',
      `--languages takes codes such as de,ru, not ${code}: ${languageCodes.join(', ')}.`,
    );
  });
}

/** The package that reads them all. */
export const enginePackage = 'tesseract.js@7';

/** One command that installs what these languages need. */
export function installCommand(wanted: readonly Language[]): string {
  const packages = wanted.flatMap(({ data, install }) => (install === undefined ? [`@tesseract.js-data/${data}`] : []));
  const others = wanted.flatMap(({ install }) => install ?? []);
  return [`npm install --no-save ${[enginePackage, ...packages].join(' ')}`, ...others].join(' && ');
}

/** The language that is likeliest where a script was met and nobody named one. */
const likeliest: Readonly<Partial<Record<Script, string>>> = {
  Cyrillic: 'ru',
  Greek: 'el',
  Arabic: 'ar',
  Hebrew: 'he',
  Devanagari: 'hi',
};

/** What is said of lines that were not read because of their script. */
export function unreadAdvice(script: Script, pictures: number): string {
  const where = pictures === 1 ? 'one picture' : `${pictures} pictures`;
  const said = `${script} text on ${where} was not read`;
  const language = languages.find(({ code }) => code === likeliest[script]);
  if (!language) return `${said}: no installable language reads it; give weights that do with --text-model.`;
  return `${said}. For ${language.name}: ${installCommand([language])}, then --languages ${language.code}.`;
}
