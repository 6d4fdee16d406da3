import { glob, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';

/** File names that are taken for videos where a folder is given. A file that is named itself may be called anything. */
const videoExtensions = new Set(
  '.mp4 .m4v .mov .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .wmv .flv .3gp .ogv'.split(' '),
);
const listExtensions = new Set(['.txt', '.list', '.lst']);

/** Lists longer than this are not lists of paths. */
const maxListBytes = 64 * 2 ** 20;

export interface InputOptions {
  /** What `-` reads: paths, one a line. */
  readonly standardInput: () => Promise<string>;
  /** Turns a path as it was written into one that can be opened. */
  readonly locate?: (path: string) => string;
}

/** Whether these inputs ask for a batch: more than one, a folder, a pattern, a list, or standard input. */
export async function isBatchInput(
  inputs: readonly string[],
  locate = (path: string): string => path,
): Promise<boolean> {
  const [only] = inputs;
  if (inputs.length !== 1 || only === undefined) return inputs.length > 1;
  if (only === '-') return true;
  const found = await stat(locate(only)).catch(() => undefined);
  if (!found) return isPattern(only);
  return found.isDirectory() || (found.isFile() && isList(only));
}

/**
 * The videos that are meant by files, folders (searched to the bottom), patterns such as `fleet/**\/*.mp4`, text files
 * with a path a line (`#` begins a comment; relative to the text file) and `-` for such lines on standard input.
 *
 * @returns absolute paths, each once: in the order given, those of a folder or pattern by name
 * @throws FramesiftError `input` where something is not there, or nothing is left
 */
export async function findVideos(inputs: readonly string[], options: InputOptions): Promise<string[]> {
  const { locate = (path: string): string => path } = options;
  const found: string[] = [];
  for (const input of inputs) {
    if (input === '-') found.push(...pathsOf(await options.standardInput()).map((path) => resolve(locate(path))));
    else found.push(...(await videosOf(input, locate)));
  }
  const videos = [...new Set(found)];
  if (videos.length === 0) {
    throw new FramesiftError('input', `${inputs.join(', ')}: no video found. Give files, folders, patterns or a list.`);
  }
  return videos;
}

async function videosOf(input: string, locate: (path: string) => string): Promise<string[]> {
  const path = resolve(locate(input));
  const here = await stat(path).catch(() => undefined);
  if (here?.isDirectory()) return inFolder(path);
  if (here && isList(path)) {
    if (here.size > maxListBytes) throw new FramesiftError('input', `${input}: is too large to be a list of videos.`);
    return linesOf(await readFile(path, 'utf8')).map((line) => resolve(dirname(path), line));
  }
  // What is not there is told of when its turn comes, as one video of many; unless it can only be a pattern.
  if (here || !isPattern(input)) return [path];
  const matches: string[] = [];
  try {
    for await (const match of glob(path, { exclude: isResult })) if (isVideo(match)) matches.push(match);
  } catch (error) {
    throw new FramesiftError('input', `${input}: cannot be searched (${messageOf(error)}).`);
  }
  if (matches.length === 0) throw new FramesiftError('input', `${input}: no video matches this pattern.`);
  return matches.toSorted(byName);
}

async function inFolder(folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const name of glob('**/*', { cwd: folder, exclude: isResult })) {
      if (isVideo(name)) found.push(join(folder, name));
    }
  } catch (error) {
    throw new FramesiftError('input', `${folder}: cannot be read (${messageOf(error)}).`);
  }
  return found.toSorted(byName);
}

/** @throws FramesiftError `input` for what is no text: a video that was piped in, most likely */
function pathsOf(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text.slice(0, 4096))) {
    throw new FramesiftError(
      'input',
      '-: takes paths of videos, a line each, and standard input holds something else. Write a video to a file and give its name.',
    );
  }
  return linesOf(text);
}

const isVideo = (path: string): boolean => videoExtensions.has(extname(path).toLowerCase());
const isList = (path: string): boolean => listExtensions.has(extname(path).toLowerCase());
const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);
/** Our own results may hold videos, such as overlays: they are nobody's recordings. */
const isResult = (path: string): boolean => basename(path).endsWith('.framesift');
const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
