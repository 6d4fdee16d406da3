/**
 * Scores slides that any program found in drawn talks.
 *
 *   node bench/quality/drawn/score.ts TRUTH.json FOUND.json [TRUTH.json FOUND.json …]
 */
import { readFileSync } from 'node:fs';
import type { FoundAndUnsure } from './judge.ts';
import { judge } from './judge.ts';
import { printReport } from './report.ts';
import type { FoundStates } from './states.ts';
import type { DrawnTruth } from './truth.ts';

const files = process.argv.slice(2);
if (files.length === 0 || files.length % 2 === 1) {
  console.error('usage: node bench/quality/drawn/score.ts TRUTH.json FOUND.json [TRUTH.json FOUND.json …]');
  process.exit(2);
}
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const judged = Array.from({ length: files.length / 2 }, (_, pair) => {
  const truth = read(files[2 * pair]!) as DrawnTruth;
  const found = read(files[2 * pair + 1]!) as FoundAndUnsure & Partial<FoundStates>;
  return judge(truth, found);
});
printReport(judged);
