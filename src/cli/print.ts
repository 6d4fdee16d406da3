import { basename } from 'node:path';
import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import { plainLines, plainText } from '../core/plain-text.ts';
import { redact } from '../core/secrets.ts';

/*
 * Everything that the command prints is printed here. Text may hold anything: names of files, answers of servers, keys of
 * YAML, folders of other people. So control characters are taken out of all of it, but for those that this program means:
 * these stand in texts as marks that nobody outside can know.
 */

/** Two characters of the private planes, chosen anew in each process. They stand for ESC, or before `r` for CR. */
const mark = String.fromCodePoint(0xf0000 + randomInt(0xfffd), 0x100000 + randomInt(0xfffd));

/** A control sequence that is meant: `[31m`, `[2K`. */
export const control = (sequence: string): string => mark + sequence;

/** Back to the beginning of the line, which is emptied. */
export const eraseLine = `${control('r')}${control('[2K')}`;

/** As it is written to a terminal, a pipe or a file. */
function written(text: string): string {
  const plain = plainLines(redact(text));
  return plain.replaceAll(`${mark}r`, '\r').replaceAll(mark, '\u001b');
}

/** Writes text to a stream of the terminal. */
export function writeTo(stream: Pick<NodeJS.WriteStream, 'write'>, text: string): void {
  stream.write(written(text));
}

/** Text for standard output, with its ends of lines. */
export const print = (text: string): void => writeTo(process.stdout, text);

/** Text for standard error, with its ends of lines. */
export const printAside = (text: string): void => writeTo(process.stderr, text);

/** What is wrong, as its one line. */
export const printError = (message: string): void =>
  printAside(`${errorColours.red('Error:')} ${clipped(plainText(message))}\n`);

/** What others wrote may be as long as they like. */
const clipped = (line: string): string => (line.length > 2000 ? `${line.slice(0, 1990)} …` : line);

/** A value as one line of JSON, or with `indent` as several. */
export const printJson = (value: unknown, indent?: number): void =>
  void process.stdout.write(`${jsonText(value, indent)}\n`);

/** What JSON leaves as it is and terminals obey is escaped, which changes no value. */
function jsonText(value: unknown, indent?: number): string {
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return redact(JSON.stringify(value, undefined, indent)).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    escaped,
  );
}

/** Cuts a line to a number of columns; colours take none. */
export function cut(line: string, width: number): string {
  let columns = 0;
  let out = '';
  for (const [part] of line.matchAll(new RegExp(`${mark}(?:r|\\[[0-9;]*[A-Za-z])|[\\s\\S]`, 'gu'))) {
    if (!part.startsWith(mark)) columns += 1;
    if (columns > width && !part.startsWith(mark)) continue;
    out += part;
  }
  return out;
}

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
type Colours = Readonly<Record<Colour, (text: string | undefined) => string>>;

/**
 * Colours only where somebody looks: picocolors would also colour what a build server pipes into its log. NO_COLOR and
 * FORCE_COLOR are obeyed as everywhere (no-color.org).
 */
function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  // A pipe’s isTTY is undefined, for which picocolors would decide by itself.
  const colours = pc.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || stream.isTTY === true));
  const marked =
    (name: Colour) =>
    (text = '') =>
      colours[name](plainLines(text)).replaceAll('\u001b', mark);
  const names = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;
  return Object.fromEntries(names.map((name) => [name, marked(name)])) as Colours;
}

export const outColours = coloursFor(process.stdout);
export const errorColours = coloursFor(process.stderr);

/** A video's name for people. */
export const nameOf = (path: string): string => plainText(basename(path));
