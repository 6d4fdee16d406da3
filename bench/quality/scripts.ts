/**
 * How well scripts are told apart by what the text weights make of them, and the training of the model that does it.
 *
 *   node bench/quality/scripts.ts [--train] [--sheets 60]
 *
 * Draws sheets of lines in each script, reads them, and prints for each script the lines told right. `--train` learns from
 * other sheets first and writes src/vision/text/script-model.json; the same fonts give the same file. Wants the packages
 * @fontsource/noto-sans-{arabic,hebrew,devanagari,thai} and @expo-google-fonts/noto-sans-sc (npm install --no-save …).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openTextRecognizer } from '../../src/vision/text/recognizer.ts';
import { scripts, scriptProbabilities, type Script, type ScriptModel } from '../../src/vision/text/script-model.ts';
import { checkout, printTable } from '../recordings.ts';
import { fontMissing } from './drawn/fonts.ts';
import { missingFonts, sheetOf } from './scripts/samples.ts';
import { learn, type Sample } from './scripts/learn.ts';

const { values } = parseArgs({
  options: { train: { type: 'boolean', default: false }, sheets: { type: 'string', default: '40' } },
});
const missing = [...missingFonts(), ...(fontMissing('zh') === undefined ? [] : ['noto-sans-sc'])];
if (missing.length > 0) {
  console.error(`Fonts are not installed: ${missing.join(', ')}`);
  process.exit(1);
}
const { signal } = new AbortController();
await using recognizer = await openTextRecognizer({ reuse: false });

/** Lines of sheets as they were read, a third of them Latin. */
async function samplesOf(seed: string, sheets: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const script of scripts) {
    const count = script === 'Latin' ? sheets * 4 : sheets;
    for (let sheet = 0; sheet < count; sheet += 1) {
      const { picture } = sheetOf(script, `${seed} ${sheet}`);
      const { lines } = await recognizer.read(picture, { signal });
      for (const { line } of lines)
        if (line.text !== '') samples.push({ script, text: line.text, confidence: line.confidence });
    }
  }
  return samples;
}

/** A feature on a line, as the project's JSON is written. */
function fileOf({ scripts: names, weights }: ScriptModel): string {
  const list = (values: readonly (string | number)[]): string =>
    values.map((value) => JSON.stringify(value)).join(', ');
  const rows = Object.entries(weights).map(([feature, row]) => `    ${JSON.stringify(feature)}: [${list(row)}]`);
  return `{\n  "scripts": [${list(names)}],\n  "weights": {\n${rows.join(',\n')}\n  }\n}\n`;
}

const sheets = Number(values.sheets);
let model: ScriptModel | undefined;
if (values.train) {
  model = learn(await samplesOf('to learn from', sheets));
  const file = join(checkout, 'src/vision/text/script-model.json');
  writeFileSync(file, fileOf(model));
}
const judged = await samplesOf('to be judged by', Math.ceil(sheets / 2));
const told = ({ text, confidence }: Sample, least: number): Script | undefined => {
  const probabilities = scriptProbabilities(text, confidence, model);
  const best = Math.max(...probabilities);
  return best >= least ? scripts[probabilities.indexOf(best)] : undefined;
};
printTable(
  ['script', 'lines', 'right', 'right at 0.9', 'wrong at 0.9', 'taken for Latin at 0.9'],
  scripts.map((script) => {
    const own = judged.filter((sample) => sample.script === script);
    const share = (count: number): string => (count / Math.max(1, own.length)).toFixed(4);
    const sure = own.map((sample) => told(sample, 0.9));
    return [
      script,
      String(own.length),
      share(own.filter((sample) => told(sample, 0) === script).length),
      share(sure.filter((one) => one === script).length),
      share(sure.filter((one) => one !== undefined && one !== script).length),
      share(sure.filter((one) => one === 'Latin').length),
    ];
  }),
);
