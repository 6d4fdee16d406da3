/** One example: what was measured of it, which class it is of, how much it counts. */
export interface Example {
  readonly features: Float32Array;
  readonly label: number;
  readonly weight: number;
}

/** Logits are `weights[class] · features + bias[class]`. */
export interface Softmax {
  readonly weights: readonly Float32Array[];
  readonly bias: readonly number[];
}

const settings = { rounds: 220, rate: 0.01, ridge: 0.06 } as const;

/**
 * Multinomial logistic regression with a ridge on standardized features, by Adam over all examples at once (Kingma and
 * Ba 2015). Nothing in it is drawn at random: the same examples give the same weights.
 */
export function fitSoftmax(examples: readonly Example[], classes: number): Softmax {
  const width = examples[0]!.features.length;
  const { mean, spread } = momentsOf(examples, width);
  const rows = examples.map(({ features }) => features.map((value, at) => (value - mean[at]!) / spread[at]!));
  const total = examples.reduce((sum, { weight }) => sum + weight, 0);
  const parameters = new Float64Array(classes * (width + 1));
  const [first, second] = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  for (let round = 1; round <= settings.rounds; round++) {
    const slope = new Float64Array(parameters.length);
    for (const [at, row] of rows.entries()) {
      const { label, weight } = examples[at]!;
      const chances = chancesOf(parameters, row, classes, width);
      for (let each = 0; each < classes; each++) {
        const error = ((chances[each]! - Number(each === label)) * weight) / total;
        const from = each * (width + 1);
        for (let column = 0; column < width; column++) slope[from + column]! += error * row[column]!;
        slope[from + width]! += error;
      }
    }
    for (let at = 0; at < parameters.length; at++) {
      const isBias = at % (width + 1) === width;
      const gradient = slope[at]! + (isBias ? 0 : (settings.ridge * parameters[at]!) / 10);
      first[at] = 0.9 * first[at]! + 0.1 * gradient;
      second[at] = 0.999 * second[at]! + 0.001 * gradient ** 2;
      const step = first[at]! / (1 - 0.9 ** round) / (Math.sqrt(second[at]! / (1 - 0.999 ** round)) + 1e-8);
      parameters[at]! -= settings.rate * Math.min(1, 2 - (2 * round) / settings.rounds) * step;
    }
  }
  return unstandardized(parameters, classes, width, mean, spread);
}

function momentsOf(examples: readonly Example[], width: number): { mean: Float64Array; spread: Float64Array } {
  const [mean, spread] = [new Float64Array(width), new Float64Array(width)];
  for (const { features } of examples) for (let at = 0; at < width; at++) mean[at]! += features[at]! / examples.length;
  for (const { features } of examples) {
    for (let at = 0; at < width; at++) spread[at]! += (features[at]! - mean[at]!) ** 2 / examples.length;
  }
  return { mean, spread: spread.map((value) => Math.sqrt(value) + 1e-3) };
}

function chancesOf(parameters: Float64Array, row: Float32Array, classes: number, width: number): number[] {
  const logits: number[] = [];
  for (let each = 0; each < classes; each++) {
    const from = each * (width + 1);
    let sum = parameters[from + width]!;
    for (let column = 0; column < width; column++) sum += parameters[from + column]! * row[column]!;
    logits.push(sum);
  }
  return softmax(logits);
}

/** The model for features as they are measured. */
function unstandardized(
  parameters: Float64Array,
  classes: number,
  width: number,
  mean: Float64Array,
  spread: Float64Array,
): Softmax {
  const weights: Float32Array[] = [];
  const bias: number[] = [];
  for (let each = 0; each < classes; each++) {
    const from = each * (width + 1);
    const own = Float32Array.from({ length: width }, (_, column) => parameters[from + column]! / spread[column]!);
    weights.push(own);
    bias.push(parameters[from + width]! - own.reduce((sum, value, column) => sum + value * mean[column]!, 0));
  }
  return { weights, bias };
}

export function logitsOf({ weights, bias }: Softmax, features: Float32Array): number[] {
  return weights.map((own, each) => own.reduce((sum, value, column) => sum + value * features[column]!, bias[each]!));
}

export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
