/** A number is a leaf: what it adds to the score. Else: feature, cut, what follows up to the cut, and beyond it. */
export type TreeNode = number | readonly [feature: number, cut: number, low: TreeNode, high: TreeNode];

/** Boosted trees whose sum is a log-odds. */
export interface BoostedTrees {
  readonly bias: number;
  readonly trees: readonly TreeNode[];
}

/** The probability that the trees give, 0–1. */
export function probabilityOf({ bias, trees }: BoostedTrees, features: readonly number[]): number {
  let score = bias;
  for (const tree of trees) {
    let node = tree;
    while (typeof node !== 'number') {
      const [feature, cut, low, high]: Exclude<TreeNode, number> = node;
      node = features[feature]! <= cut ? low : high;
    }
    score += node;
  }
  return 1 / (1 + Math.exp(-score));
}
