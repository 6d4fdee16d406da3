import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandPage } from '../scripts/reference/command-page.ts';
import { eventsSchema } from '../scripts/reference/events-schema.ts';
import { libraryPage } from '../scripts/reference/library-page.ts';
import { driverExamples, questionsExamples, slidesExamples } from '../scripts/reference/option-examples.ts';
import { isFramesiftError } from '../src/index.ts';
import { driverOptionsSchema, parseDriverOptions } from '../src/workflows/driver/options.ts';
import { parseQuestionsOptions, questionsOptionsSchema } from '../src/workflows/questions/options.ts';
import { parseSlidesOptions, slidesOptionsSchema } from '../src/workflows/slides/options.ts';

const folder = join(import.meta.dirname, '../docs/reference');
const pages = { 'command-line.md': commandPage, 'library.md': libraryPage, 'run-events.schema.json': eventsSchema };

for (const [name, made] of Object.entries(pages)) {
  test(`${name} is as the code says`, () => {
    assert.equal(readFileSync(join(folder, name), 'utf8'), made(), 'run: node scripts/reference.ts');
  });
}

test('every option and every exported name says what it is', () => {
  const page = libraryPage();
  const silent = page.split('\n').filter((line) => /^\| `\w+` \| *(Default: [^|]*)?\|[^|]*\|$/.test(line));
  assert.deepEqual(silent, []);
  const names = page.split(/^## /m).slice(1);
  const bare = names.filter((entry) => entry.split('\n').slice(1).join('').trim() === '').map((entry) => entry.trim());
  assert.deepEqual(bare, []);
});

const workflows = {
  slides: { examples: slidesExamples, schema: slidesOptionsSchema, parse: parseSlidesOptions },
  driver: { examples: driverExamples, schema: driverOptionsSchema, parse: parseDriverOptions },
  questions: {
    examples: questionsExamples,
    schema: questionsOptionsSchema,
    parse: (input: unknown) => parseQuestionsOptions(input),
  },
};

for (const [name, { examples, schema, parse }] of Object.entries(workflows)) {
  test(`the example of every option of ${name} is taken as it stands, and is not the default`, () => {
    assert.deepEqual(Object.keys(examples.values).sort(), Object.keys(schema.shape).sort());
    const values: Readonly<Record<string, unknown>> = examples.values;
    const needs: Readonly<Record<string, readonly string[]>> = examples.needs;
    const defaults = schema.parse({}) as Readonly<Record<string, unknown>>;
    for (const [key, value] of Object.entries(values)) {
      const needed = Object.fromEntries((needs[key] ?? []).map((other) => [other, values[other]]));
      const taken = schema.parse({ ...needed, [key]: value }) as Readonly<Record<string, unknown>>;
      assert.deepEqual(taken[key], value, key);
      assert.notDeepEqual(value, defaults[key], `${key} is the default`);
      assert.doesNotThrow(() => parse({ ...needed, [key]: value }), key);
      for (const other of Object.keys(needed)) {
        const { [other]: _, ...rest } = needed;
        const refused = (error: unknown): boolean => isFramesiftError(error) && error.code === 'usage';
        assert.throws(() => parse({ ...rest, [key]: value }), refused, `${key} does not need ${other}`);
      }
    }
  });
}
