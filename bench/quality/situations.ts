/**
 * Everyday situations that are easy to get wrong: runs the command on each recording and holds what it found against
 * what is right (`cases.json`: count, times on screen, kinds, words that must not be read).
 *
 *   node bench/quality/situations.ts [--only NAME] [--keep-results DIR] [--again] [-- options of framesift slides]
 *
 * `--again` judges the results that `--keep-results` kept, without running. Ends with 1 where a case is wrong. The
 * recordings are found by FRAMESIFT_DATA.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout, dataFolder, printTable } from '../recordings.ts';
import { wrongOf, type FoundSlides, type Situation } from './situations-judge.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, 'keep-results': { type: 'string' }, again: { type: 'boolean' } },
});
const home = join(dataFolder, 'situations');
if (!existsSync(home)) throw new Error(`${home}: no recordings there. Set FRAMESIFT_DATA to the folder that holds it.`);
const { slides: cases } = JSON.parse(readFileSync(join(home, 'cases.json'), 'utf8')) as { slides: Situation[] };
const folder = values['keep-results'] ?? mkdtempSync(join(tmpdir(), 'framesift-situations-'));
/** What is wrong with one recording, at most. */
const mostSaid = 4;

function run(file: string): { found: FoundSlides; warnings: readonly string[] } {
  const out = join(folder, file);
  if (!values.again) {
    const command = [join(checkout, 'src/cli/main.ts'), 'slides', join(home, file), '-o', out, '--force', '--quiet'];
    execFileSync(process.execPath, [...command, ...positionals], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'));
  return { found: read('slides.json') as FoundSlides, ...(read('run.json') as { warnings: readonly string[] }) };
}

try {
  const rows: string[][] = [];
  const said: string[] = [];
  for (const situation of cases) {
    if (values.only !== undefined && !situation.file.includes(values.only)) continue;
    const { found, warnings } = run(situation.file);
    const wrong = wrongOf(situation, found, warnings);
    if (wrong.length > 0) process.exitCode = 1;
    rows.push([situation.file, wrong.length > 0 ? 'FAIL' : 'pass', String(found.slides.length)]);
    said.push(...wrong.slice(0, mostSaid).map((what) => `  ${situation.file}: ${what}`));
    if (wrong.length > mostSaid) said.push(`  ${situation.file}: and ${wrong.length - mostSaid} more`);
  }
  printTable(['situation', 'result', 'slides'], rows);
  if (said.length > 0) console.log(`\nWrong:\n${said.join('\n')}`);
  console.log(`\n${rows.filter(([, result]) => result === 'pass').length} of ${rows.length} right.`);
} finally {
  if (values['keep-results'] === undefined) rmSync(folder, { recursive: true, force: true });
}
