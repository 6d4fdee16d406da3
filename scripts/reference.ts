/**
 * Writes the pages of the reference that are made of the code: the command line, the library, the events of a run.
 *
 *   node scripts/reference.ts            writes them
 *   node scripts/reference.ts --check    ends with 1 where one is not as the code says
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandPage } from './reference/command-page.ts';
import { eventsSchema } from './reference/events-schema.ts';
import { libraryPage } from './reference/library-page.ts';

const folder = join(import.meta.dirname, '../docs/reference');
const pages: Readonly<Record<string, () => string>> = {
  'command-line.md': commandPage,
  'library.md': libraryPage,
  'run-events.schema.json': eventsSchema,
};
const check = process.argv.includes('--check');
for (const [name, write] of Object.entries(pages)) {
  const file = join(folder, name);
  const text = write();
  if (!check) {
    writeFileSync(file, text);
    continue;
  }
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {}
  if (before === text) continue;
  console.error(`docs/reference/${name} is not as the code says. Run: node scripts/reference.ts`);
  process.exitCode = 1;
}
