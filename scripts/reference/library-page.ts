import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slidesOptionsSchema } from '../../src/workflows/slides/options.ts';
import { driverOptionsSchema } from '../../src/workflows/driver/options.ts';
import { questionsOptionsSchema } from '../../src/workflows/questions/options.ts';
import type { z } from 'zod';
import { driverExamples, questionsExamples, slidesExamples, type OptionExamples } from './option-examples.ts';

const source = join(import.meta.dirname, '../../src');
const read = (path: string): string => readFileSync(join(source, path), 'utf8');

/** Everything that the package exports, with what its own comment says, and the options of each workflow. */
export function libraryPage(): string {
  return [
    '# The library',
    '',
    'Made of the code by `node scripts/reference.ts`. Everything below is exported by `framesift`; types are part of the package.',
    '',
    ...exported().flatMap(({ path, names }) => names.flatMap((name) => entry(path, name))),
    '# Options',
    '',
    'An example with another option has no effect without it; in place of `model`, a `preset` will do as well.',
    '',
    ...optionsTable(
      'runWorkflow("slides", …)',
      slidesOptionsSchema,
      ['workflows/slides/options.ts', 'workflows/parse-options.ts'],
      slidesExamples,
      "{ until: 600, keep: ['slide'] }",
    ),
    ...optionsTable(
      'runWorkflow("driver", …)',
      driverOptionsSchema,
      ['workflows/driver/options.ts', 'workflows/questions/options.ts', 'workflows/parse-options.ts'],
      driverExamples,
      "{ model: 'ollama/llava:7b', faceFps: 10 }",
    ),
    ...optionsTable(
      'runWorkflow(workflow, …), of questions',
      questionsOptionsSchema,
      ['workflows/questions/options.ts', 'workflows/parse-options.ts'],
      questionsExamples,
      "{ model: 'ollama/llava:7b', every: 5 }",
    ),
  ].join('\n');
}

interface Exported {
  readonly path: string;
  readonly names: readonly string[];
}

function exported(): Exported[] {
  const lines = read('index.ts').matchAll(/export (?:type )?\{([^}]+)\} from '\.\/([^']+)'/g);
  return [...lines].map(([, names = '', path = '']) => ({
    path,
    names: names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  }));
}

/** A name with the comment and the first lines of its declaration. */
function entry(path: string, name: string): string[] {
  const text = read(path);
  const declared = new RegExp(
    String.raw`(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type) ${name}\b[^\n]*`,
  ).exec(text);
  if (!declared) return [`## \`${name}\``, ''];
  const [, comment = ''] = declared;
  return [
    `## \`${name}\``,
    '',
    ...comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd()),
    '',
  ].filter((line, at, all) => line !== '' || all[at - 1] !== '');
}

function optionsTable<S extends z.ZodObject>(
  title: string,
  schema: S,
  files: readonly string[],
  examples: OptionExamples<z.input<S>>,
  together: string,
): string[] {
  const values: Readonly<Record<string, unknown>> = examples.values;
  const needs: Readonly<Record<string, readonly string[] | undefined>> = examples.needs;
  const texts = files.map(read);
  const defaults = schema.parse({}) as Readonly<Record<string, unknown>>;
  const rows = Object.keys(schema.shape).map((key) => {
    const comment = texts.map((text) => commentOf(text, key)).find((found) => found !== undefined) ?? '';
    const value = defaults[key];
    const byDefault = value === undefined || /Default/.test(comment) ? '' : ` Default: \`${JSON.stringify(value)}\`.`;
    const needed = (needs[key] ?? []).map((name) => `\`${name}\``).join(' and ');
    const example = `\`${literal(values[key])}\`${needed === '' ? '' : `, with ${needed}`}`;
    return `| ${[`\`${key}\``, `${comment}${byDefault}`.trim(), example].map(cell).join(' | ')} |`;
  });
  return [
    `## \`${title}\``,
    '',
    `Such as \`${together}\`.`,
    '',
    '| option | meaning | example |',
    '|---|---|---|',
    ...rows,
    '',
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** A value as it is written in a program. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** The comment above an option in its schema. */
function commentOf(text: string, key: string): string | undefined {
  const found = new RegExp(String.raw`\/\*\*((?:(?!\*\/)[^])*)\*\/\s*\n\s*${key}:`).exec(text);
  return found?.[1]?.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
}
