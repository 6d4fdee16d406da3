import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';

/** A source file by its path with `/`, and every module that it names. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly string[];
  readonly lines: number;
}

/** Source text without comments; strings stay as they are. Division and regular expressions do not matter here. */
function withoutComments(source: string): string {
  // A string is matched first, so that `//` inside one (a URL) is not taken for a comment.
  return source.replaceAll(/('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '$1');
}

/** Every module named: static, `import type`, re-exports, dynamic, `import('x').Type`, `require` and `import.meta.resolve`. */
export function importsOf(source: string): string[] {
  const text = withoutComments(source);
  const found = new Set<string>();
  const patterns = [
    /\bfrom\s*['"]([^'"\n]+)['"]/g,
    /\bimport\s*['"]([^'"\n]+)['"]/g,
    /\b(?:import|require|resolve)\s*\(\s*['"`]([^'"`\n]+)['"`]/g,
    // A file that is started as a child process or a worker is used as much as an imported one.
    /\bnew URL\(\s*['"`](\.[^'"`\n]+\.[jt]s)['"`]\s*,\s*import\.meta\.url/g,
  ];
  for (const pattern of patterns) for (const match of text.matchAll(pattern)) if (match[1]) found.add(match[1]);
  return [...found];
}

export function readSources(root: string, folder: string, extensions: readonly string[] = ['.ts']): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const source = readFileSync(file, 'utf8');
      const path = file.slice(root.length + 1).replaceAll(sep, '/');
      return { path, imports: importsOf(source), lines: source.split('\n').length - 1 };
    });
}

/** Floors from the ground up. Rooms on one floor do not know each other. */
const floors: readonly (readonly string[])[] = [
  ['core'],
  ['stream'],
  ['media', 'vision', 'llm', 'detect', 'store', 'export'],
  ['engine'],
  ['workflows'],
  ['app'],
  ['cli', 'server', 'worker', 'index'],
];

const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));

/** `src/media/probe.ts` is in the room `media`; `src/index.ts` is a room by itself. */
function roomOf(path: string): string {
  const [first = '', ...rest] = path.replace(/^src\//, '').split('/');
  return rest.length === 0 ? first.replace(/\.ts$/, '') : first;
}

const isTest = (path: string): boolean => path.endsWith('.test.ts');
const targetOf = (file: SourceFile, specifier: string): string | undefined =>
  specifier.startsWith('.')
    ? posix.normalize(posix.join(dirname(file.path).replaceAll(sep, '/'), specifier))
    : undefined;

/** Imports of `src` that run upward, sideways or out of it. Unit tests may put anything together. */
export function wrongImports(files: readonly SourceFile[]): string[] {
  const wrong: string[] = [];
  for (const file of files) {
    if (isTest(file.path)) continue;
    const room = roomOf(file.path);
    if (floorOf(room) < 0) wrong.push(`${file.path}: ${room} is no room of the house`);
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier);
      if (target === undefined || target === 'package.json') continue;
      const targetRoom = roomOf(target);
      if (!target.startsWith('src/')) wrong.push(`${file.path} imports ${target}, which is not in src`);
      else if (isTest(target)) wrong.push(`${file.path} imports the test ${target}`);
      else if (targetRoom !== room && floorOf(targetRoom) >= floorOf(room))
        wrong.push(`${file.path} (${room}) imports ${target} (${targetRoom}), which is not below it`);
    }
  }
  return wrong;
}

/** Each circle once, as the files along it. */
export function circles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.filter((file) => !isTest(file.path)).map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path].join(' → '));
      return;
    }
    const file = byPath.get(path);
    if (!file || done.has(path)) return;
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier);
      if (target) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of byPath.keys()) visit(path, []);
  return found;
}

/** Files of `src` that name the package or a path inside it. */
export function importersOf(files: readonly SourceFile[], name: string): string[] {
  return files
    .filter((file) => !isTest(file.path))
    .filter((file) => file.imports.some((specifier) => specifier === name || specifier.startsWith(`${name}/`)))
    .map((file) => file.path);
}
