import model from './script-model.json' with { type: 'json' };

/** Scripts that the recognizer's own weights cannot read are told by what they come out as. */
export const scripts = ['Latin', 'Han', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Devanagari', 'Thai'] as const;
export type Script = (typeof scripts)[number];

/** Mean probabilities of a line's characters that are features of their own: the weights doubt what they do not know. */
const steps = [0.5, 0.6, 0.7, 0.8, 0.88, 0.94, 0.97, 0.99] as const;

/**
 * What a reading is judged by: its characters, in pairs too, the kinds of characters that stand side by side, and how
 * sure the weights were. Counts are shares of the line, so that long lines weigh no more.
 */
export function scriptFeatures(text: string, confidence: number): ReadonlyMap<string, number> {
  const features = new Map<string, number>();
  const letters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  const add = (feature: string, weight: number): void => {
    features.set(feature, (features.get(feature) ?? 0) + weight);
  };
  const share = 1 / Math.max(4, letters.length);
  let before = ' ';
  for (const letter of [...letters, ' ']) {
    if (letter !== ' ') add(letter, share * 4);
    add(`${before}${letter}`, share * 4);
    add(`:${kindOf(before)}${kindOf(letter)}`, share * 4);
    before = letter;
  }
  for (const step of steps) if (confidence < step) add(`<${step}`, 0.5);
  add('one', 1);
  return features;
}

/** Capital, small, digit, ideograph, other letter, blank, sign. */
function kindOf(letter: string): string {
  if (letter === ' ') return '_';
  if (/[A-Z]/.test(letter)) return 'A';
  if (/[a-z]/.test(letter)) return 'a';
  if (/\p{N}/u.test(letter)) return '0';
  if (/\p{Script=Han}/u.test(letter)) return 'H';
  return /\p{L}/u.test(letter) ? 'L' : '.';
}

export interface ScriptModel {
  readonly scripts: readonly string[];
  /** For each feature one weight for each script. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** Probability of each script by softmax over the sum of its features' weights. */
export function scriptProbabilities(
  text: string,
  confidence: number,
  { scripts: names, weights }: ScriptModel = model,
): readonly number[] {
  const sums = names.map(() => 0);
  for (const [feature, value] of scriptFeatures(text, confidence)) {
    const row = weights[feature];
    if (row) for (const index of sums.keys()) sums[index]! += row[index]! * value;
  }
  const highest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
