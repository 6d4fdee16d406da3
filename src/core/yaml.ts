import { open } from 'node:fs/promises';
import { isAlias, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { systemCodeOf } from './errors.ts';

/** No table that a person writes is larger. Time to read one grows with the square of it. */
const maxBytes = 64 * 1024;
const maxDepth = 40;
const maxAliases = 50;

/** What is wrong with a YAML file, and where. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

export interface Yaml {
  readonly value: unknown;
  readonly document: Document;
  readonly lines: LineCounter;
}

/**
 * Reads YAML that people wrote, within limits: 64 KiB, 40 levels, 50 aliases.
 *
 * @throws YamlFault
 */
export function parseYaml(text: string): Yaml {
  if (text.length > maxBytes) throw tooLarge();
  const lines = new LineCounter();
  const document = documentOf(text, lines);
  const at = (offset: number): number => lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken) {
    const [message = ''] = broken.message.split('\n');
    throw new YamlFault(at(broken.pos[0]), /call stack/.test(message) ? tooDeep : message);
  }
  let aliases = 0;
  visit(document, (_, node, path) => {
    const line = at((node as { range?: readonly [number] } | null)?.range?.[0] ?? 0);
    // Pairs stand in the path beside their maps.
    if (path.length > 2 * maxDepth) throw new YamlFault(line, tooDeep);
    if (!isAlias(node)) return;
    aliases += 1;
    if (aliases > maxAliases) throw new YamlFault(line, `has more than ${maxAliases} aliases`);
    if (!node.resolve(document)) throw new YamlFault(line, `nothing is anchored as ${node.source} before this`);
  });
  try {
    return { value: document.toJS({ maxAliasCount: maxAliases }) as unknown, document, lines };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new YamlFault(1, /alias count/.test(message) ? 'its aliases unfold to too much' : message);
  }
}

/** What is nested a thousand deep in lists of dashes overflows the parser itself; in brackets it is told among its errors. */
function documentOf(text: string, lines: LineCounter): Document {
  try {
    // Its warnings would be printed past the one printer.
    return parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    if (error instanceof RangeError) throw new YamlFault(1, tooDeep);
    throw error;
  }
}

const tooDeep = `is nested more than ${maxDepth} levels deep`;
const tooLarge = (): YamlFault => new YamlFault(1, `is larger than ${maxBytes / 1024} KiB, which no such table is`);

/**
 * The text of a YAML file, of which no more is read than may be in one.
 *
 * @returns undefined where there is no such file, or one that cannot be read
 * @throws YamlFault where it is too large
 */
export async function readYamlText(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r');
    if (!(await file.stat()).isFile()) return undefined;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
    if (bytesRead > maxBytes) throw tooLarge();
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return undefined;
  }
}
