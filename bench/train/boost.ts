import type { BoostedTrees, TreeNode } from '../../src/workflows/slides/states/merge/model.ts';

export interface Example {
  readonly features: readonly number[];
  readonly label: 0 | 1;
  readonly weight: number;
}

const settings = {
  rounds: 60,
  depth: 3,
  rate: 0.2,
  /** Steps at which a feature is cut, at most. */
  cuts: 32,
  /** Weight of curvature that a leaf needs, and what is added to it so that few examples say little. */
  leastLeaf: 4,
  ridge: 2,
} as const;

/**
 * Gradient boosting of small regression trees on the logistic loss with second-order leaves (Friedman 2001; Chen and
 * Guestrin 2016). Nothing in it is drawn at random: the same examples give the same trees.
 */
export function boost(examples: readonly Example[]): BoostedTrees {
  const width = examples[0]!.features.length;
  const cuts = Array.from({ length: width }, (_, feature) =>
    cutsOf(examples.map(({ features }) => features[feature]!)),
  );
  const bins = cuts.map((steps, feature) =>
    Uint8Array.from(examples, ({ features }) => {
      const at = steps.findIndex((cut) => features[feature]! <= cut);
      return at < 0 ? steps.length : at;
    }),
  );
  const positive = examples.reduce((sum, { label, weight }) => sum + label * weight, 0);
  const all = examples.reduce((sum, { weight }) => sum + weight, 0);
  const bias = Math.log((positive + 1) / (all - positive + 1));
  const scores = examples.map(() => bias);
  const trees: TreeNode[] = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    const slopes = examples.map(({ label, weight }, at) => weight * (label - sigmoid(scores[at]!)));
    const curves = examples.map(({ weight }, at) => weight * sigmoid(scores[at]!) * (1 - sigmoid(scores[at]!)));
    const everything = examples.map((_, at) => at);
    const tree = grow({ examples, cuts, bins, slopes, curves }, everything, settings.depth);
    trees.push(tree);
    for (const at of everything) scores[at] = scores[at]! + valueOf(tree, examples[at]!.features);
  }
  return { bias: rounded(bias), trees };
}

interface Fit {
  readonly examples: readonly Example[];
  readonly cuts: readonly (readonly number[])[];
  /** For each feature and example the first cut that the example lies below, or their number. */
  readonly bins: readonly Uint8Array[];
  readonly slopes: readonly number[];
  readonly curves: readonly number[];
}

function grow(fit: Fit, those: readonly number[], depth: number): TreeNode {
  const { examples, cuts, bins, slopes, curves } = fit;
  const [slope, curve] = [total(slopes, those), total(curves, those)];
  const leaf = rounded((settings.rate * slope) / (curve + settings.ridge));
  if (depth === 0) return leaf;
  let best: { gain: number; feature: number; cut: number } | undefined;
  for (const [feature, steps] of cuts.entries()) {
    const [slopeIn, curveIn] = [new Float64Array(steps.length + 1), new Float64Array(steps.length + 1)];
    const bin = bins[feature]!;
    for (const at of those) {
      slopeIn[bin[at]!] = slopeIn[bin[at]!]! + slopes[at]!;
      curveIn[bin[at]!] = curveIn[bin[at]!]! + curves[at]!;
    }
    let [s, c] = [0, 0];
    for (const [step, cut] of steps.entries()) {
      s += slopeIn[step]!;
      c += curveIn[step]!;
      if (c < settings.leastLeaf || curve - c < settings.leastLeaf) continue;
      const gain =
        s ** 2 / (c + settings.ridge) +
        (slope - s) ** 2 / (curve - c + settings.ridge) -
        slope ** 2 / (curve + settings.ridge);
      if (gain > (best?.gain ?? 1e-3)) best = { gain, feature, cut };
    }
  }
  if (!best) return leaf;
  const { feature, cut } = best;
  const isLow = (at: number): boolean => examples[at]!.features[feature]! <= cut;
  const low = grow(fit, those.filter(isLow), depth - 1);
  const high = grow(
    fit,
    those.filter((at) => !isLow(at)),
    depth - 1,
  );
  return [feature, cut, low, high];
}

function cutsOf(values: readonly number[]): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const middles = sorted.slice(1).map((value, at) => (value + sorted[at]!) / 2);
  if (middles.length <= settings.cuts) return middles.map(rounded);
  return Array.from({ length: settings.cuts }, (_, at) =>
    rounded(middles[Math.floor(((at + 0.5) * middles.length) / settings.cuts)]!),
  );
}

function valueOf(node: TreeNode, features: readonly number[]): number {
  if (typeof node === 'number') return node;
  const [feature, cut, low, high] = node;
  return valueOf(features[feature]! <= cut ? low : high, features);
}

const total = (values: readonly number[], those: readonly number[]): number =>
  those.reduce((sum, at) => sum + values[at]!, 0);
const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));
const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;
