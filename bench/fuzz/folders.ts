import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRuns } from '../../src/app/compare.ts';
import { exportRun } from '../../src/app/export.ts';
import { readStatus } from '../../src/app/batch/status.ts';
import { redecide } from '../../src/app/redecide.ts';
import { trustedOptions } from '../../src/app/trust.ts';
import { FramesiftError } from '../../src/core/errors.ts';
import { openRun, readRun } from '../../src/index.ts';
import { mutateJson, mutateLines } from './json.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { Random } from './random.ts';

/** Readers of a run's folder: each may refuse it in one line. Which of them refuses another one's fault is their own matter. */
const readers: readonly ((folder: string, out: string) => Promise<unknown>)[] = [
  (folder) => readStatus(folder),
  (folder) => readRun(folder),
  async (folder) => {
    for await (const event of (await openRun(folder)).follow()) void event;
  },
  async (folder) => trustedOptions(folder, (await openRun(folder)).record.options),
  (folder, out) => exportRun(folder, 'report', join(out, 'report.html')),
  (folder, out) => exportRun(folder, 'json', join(out, 'out.json')),
  (folder, out) => exportRun(folder, 'csv', join(out, 'out.csv')),
  (folder, out) => exportRun(folder, 'parquet', join(out, 'out.parquet')),
  (folder) => redecide(folder),
  (folder) => compareRuns(folder, folder),
];

/**
 * Reads a copy of a run's folder in which one file is spoiled, in every way in which folders are read.
 *
 * @param pristine folders of finished runs
 * @param again does the run again in the folder, where it is to be tried
 */
export async function readFolder(
  seed: number,
  pristine: readonly string[],
  work: string,
  again?: (folder: string, of: string) => Promise<unknown>,
): Promise<Outcome> {
  const random = new Random(seed);
  const original = random.one(pristine);
  const folder = join(work, 'run');
  rmSync(folder, { recursive: true, force: true });
  cpSync(original, folder, { recursive: true });
  const names = readdirSync(folder).filter((name) => /\.(json|jsonl|csv)$/.test(name));
  const name = random.one([...names, 'run.json', 'run.json']);
  spoil(join(folder, name), random);
  const kind = `folder: ${name}`;
  return outcomeOf(kind, seed, async () => {
    let first: FramesiftError | undefined;
    for (const read of [...readers, ...(again ? [(path: string) => again(path, original)] : [])]) {
      try {
        await read(folder, work);
      } catch (error) {
        if (!(error instanceof FramesiftError) || error.message.includes('\n')) throw error;
        first ??= error;
      }
    }
    if (first) throw first;
  });
}

function spoil(path: string, random: Random): void {
  if (random.next() < 0.03) {
    rmSync(path);
    mkdirSync(path);
    return;
  }
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, path.endsWith('.json') ? mutateJson(text, random) : mutateLines(text, random));
}
