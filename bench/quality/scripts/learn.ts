import { scriptFeatures, scripts, type Script, type ScriptModel } from '../../../src/vision/text/script-model.ts';

/** A line as it was read, and the script that it is written in. */
export interface Sample {
  readonly script: Script;
  readonly text: string;
  readonly confidence: number;
}

/** Features in fewer lines than this are left out. */
const minLines = 5;
const maxFeatures = 500;
const rounds = 400;
const rate = 0.8;
/** Pull of each weight towards nothing, for each round. */
const decay = 2e-4;

interface Row {
  readonly features: readonly (readonly [index: number, value: number])[];
  readonly script: number;
  readonly weight: number;
}

/** The features that are in most lines. */
function vocabularyOf(samples: readonly Sample[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text, confidence } of samples)
    for (const feature of scriptFeatures(text, confidence).keys()) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count >= minLines);
  // By count, and by name where it is the same: the same lines give the same file.
  const order = common.toSorted(([a, times], [b, others]) => others - times || (a < b ? -1 : 1));
  return new Map(order.slice(0, maxFeatures).map(([feature], index) => [feature, index]));
}

/** Softmax regression by gradient descent over all lines at once; every script weighs the same, Latin four times that. */
export function learn(samples: readonly Sample[]): ScriptModel {
  const vocabulary = vocabularyOf(samples);
  const perScript = scripts.map((script) => samples.filter((sample) => sample.script === script).length);
  const rows = samples.map(({ script, text, confidence }): Row => {
    const index = scripts.indexOf(script);
    const features = [...scriptFeatures(text, confidence)].flatMap(([feature, value]) => {
      const at = vocabulary.get(feature);
      return at === undefined ? [] : [[at, value] as const];
    });
    return { features, script: index, weight: (script === 'Latin' ? 4 : 1) / perScript[index]! };
  });
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const classes = scripts.length;
  const weights = new Float64Array(vocabulary.size * classes);
  const speed = new Float64Array(weights.length);
  for (let round = 0; round < rounds; round += 1) {
    const gradient = gradientOf(rows, weights, classes);
    for (const [at, slope] of gradient.entries()) {
      speed[at] = 0.9 * speed[at]! - rate * (slope / total + decay * weights[at]!);
      weights[at]! += speed[at];
    }
  }
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return {
    scripts,
    weights: Object.fromEntries(
      [...vocabulary].map(([feature, at]) => [
        feature,
        Array.from(weights.subarray(at * classes, (at + 1) * classes), rounded),
      ]),
    ),
  };
}

function gradientOf(rows: readonly Row[], weights: Float64Array, classes: number): Float64Array {
  const gradient = new Float64Array(weights.length);
  const sums = new Float64Array(classes);
  for (const { features, script, weight } of rows) {
    sums.fill(0);
    for (const [at, value] of features)
      for (let index = 0; index < classes; index += 1) sums[index]! += weights[at * classes + index]! * value;
    const highest = Math.max(...sums);
    let total = 0;
    for (let index = 0; index < classes; index += 1) total += sums[index] = Math.exp(sums[index]! - highest);
    for (let index = 0; index < classes; index += 1) {
      const off = (sums[index]! / total - Number(index === script)) * weight;
      for (const [at, value] of features) gradient[at * classes + index]! += off * value;
    }
  }
  return gradient;
}
