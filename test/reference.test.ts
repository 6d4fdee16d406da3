import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandPage } from '../scripts/reference/command-page.ts';
import { eventsSchema } from '../scripts/reference/events-schema.ts';
import { libraryPage } from '../scripts/reference/library-page.ts';

const folder = join(import.meta.dirname, '../docs/reference');
const pages = { 'command-line.md': commandPage, 'library.md': libraryPage, 'run-events.schema.json': eventsSchema };

for (const [name, made] of Object.entries(pages)) {
  test(`${name} is as the code says`, () => {
    assert.equal(readFileSync(join(folder, name), 'utf8'), made(), 'run: node scripts/reference.ts');
  });
}

test('every option and every exported name says what it is', () => {
  const page = libraryPage();
  const silent = page.split('\n').filter((line) => /^\| `\w+` \| *(Default: [^|]*)?\|$/.test(line));
  assert.deepEqual(silent, []);
  const names = page.split(/^## /m).slice(1);
  const bare = names.filter((entry) => entry.split('\n').slice(1).join('').trim() === '').map((entry) => entry.trim());
  assert.deepEqual(bare, []);
});
