import { GlobalFonts } from '@napi-rs/canvas';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { checkout } from '../../recordings.ts';

const require = createRequire(import.meta.url);

/** Where an npm package lies, if it is installed. */
function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

const registered = new Set<string>();

function register(path: string, family: string): boolean {
  if (!existsSync(path) || !GlobalFonts.registerFromPath(path, family)) return false;
  registered.add(family);
  return true;
}

/** A font package holds a file for each group of letters; a family of its own for each lets one stand in for another. */
function registerPackage(name: string, subsets: readonly string[], weights: readonly number[]): string {
  const folder = folderOf(`@fontsource/${name}`);
  const families = subsets.filter((subset) => {
    const files = weights.map((weight) => `${name}-${subset}-${weight}-normal.woff`);
    return folder !== undefined && files.map((file) => register(join(folder, 'files', file), `${name} ${subset}`))[0];
  });
  return families.map((subset) => `"${name} ${subset}"`).join(', ');
}

const assets = join(checkout, 'assets/fonts');
register(join(assets, 'DejaVuSans-latin.ttf'), 'drawn sans');
register(join(assets, 'DejaVuSans-Bold-latin.ttf'), 'drawn sans');

const latin = ['latin', 'latin-ext'] as const;
const europe = [...latin, 'cyrillic', 'cyrillic-ext', 'greek'] as const;
const arabic = registerPackage('noto-sans-arabic', ['arabic'], [400, 700]);

/** One file with all the signs of a script: from a package where it is installed, or from Debian. */
function registerWhole(family: string, files: readonly (string | undefined)[]): string {
  return files.some((file) => file !== undefined && register(file, family)) ? `"${family}"` : '';
}
const ofGoogle = (name: string, file: string): string | undefined => {
  const folder = folderOf(`@expo-google-fonts/${name}`);
  return folder === undefined ? undefined : join(folder, file);
};
const debianCjk = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc';
const japanese = registerWhole('drawn ja', [
  ofGoogle('noto-sans-jp', '400Regular/NotoSansJP_400Regular.ttf'),
  debianCjk,
]);
const chinese = registerWhole('drawn zh', [
  ofGoogle('noto-sans-sc', '400Regular/NotoSansSC_400Regular.ttf'),
  debianCjk,
]);

const others = [arabic, japanese, chinese].filter(Boolean);
const withOthers = (...families: readonly string[]): string => [...families, ...others].filter(Boolean).join(', ');

const openSans = registerPackage('open-sans', europe, [400, 700]);

/** Lists of families as canvases take them; what the first lacks, a later one draws. */
export const faces = {
  sans: withOthers(openSans, '"drawn sans"'),
  deja: withOthers('"drawn sans"', openSans),
  serif: withOthers(registerPackage('lora', [...latin, 'cyrillic'], [400, 700]), openSans),
  hand: withOthers(registerPackage('patrick-hand', latin, [400]), openSans),
  mono: withOthers(registerPackage('fira-mono', [...latin, 'cyrillic', 'greek'], [400, 700]), openSans),
} as const;
export type Face = keyof typeof faces;

/** Why a language cannot be drawn here, if so. */
export function fontMissing(language: string): string | undefined {
  const needed: Readonly<Record<string, readonly [there: boolean, install: string]>> = {
    ar: [arabic !== '', '@fontsource/noto-sans-arabic'],
    ja: [japanese !== '', '@expo-google-fonts/noto-sans-jp'],
    zh: [chinese !== '', '@expo-google-fonts/noto-sans-sc'],
  };
  const [there, install] = needed[language] ?? [openSans !== '', '@fontsource/open-sans'];
  return there ? undefined : `no font for ${language} (npm install --no-save ${install})`;
}
