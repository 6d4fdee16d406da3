import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { systemCodeOf } from '../core/errors.ts';
import type { LineSchema } from './line-schemas.ts';
import { outputError, writeWhole } from './write-file.ts';

/** No line of ours is longer, characters; pieces of a file without ends of lines are left out as damaged. */
const maxLine = 2 ** 22;

interface Line<T> {
  readonly line: string;
  readonly value: T;
}

/** The values of a file of JSON lines; none where there is no file. Lines that are torn or damaged are left out. */
export async function readLines<T>(path: string, schema: LineSchema<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const { value } of wholeLines(path, schema)) values.push(value);
  return values;
}

/**
 * The same for who goes on writing the file: lines that are torn or damaged are removed from it, so that what they held is
 * found out again and the next line begins on its own.
 *
 * @throws FramesiftError `output`
 */
export async function mendLines<T>(path: string, schema: LineSchema<T>): Promise<T[]> {
  try {
    const lines: Line<T>[] = [];
    for await (const line of wholeLines(path, schema)) lines.push(line);
    const whole = lines.map(({ line }) => `${line}\n`).join('');
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (Buffer.byteLength(whole) !== size) await writeWhole(path, whole);
    return lines.map(({ value }) => value);
  } catch (error) {
    throw outputError(path, error);
  }
}

/** One after another: a ledger of hours need not be in memory. */
export async function* wholeLines<T>(path: string, { schema }: LineSchema<T>): AsyncGenerator<Line<T>> {
  const stream = createReadStream(path, 'utf8');
  let ends = false;
  stream.on('data', (part) => (ends = String(part).endsWith('\n')));
  let last: Line<T> | undefined;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (last) yield last;
      last = parse(line, schema) as Line<T> | undefined;
    }
  } catch (error) {
    // Absent, or a folder where a file should be: there is nothing to read.
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return;
    throw error;
  }
  // Without its end the last line was torn.
  if (last && ends) yield last;
}

function parse(line: string, schema: LineSchema<unknown>['schema']): Line<unknown> | undefined {
  if (line.length > maxLine) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return schema.safeParse(value).success ? { line, value } : undefined;
  } catch {
    return undefined;
  }
}
