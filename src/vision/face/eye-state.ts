import type { EyeEvidence } from '../../core/face.ts';
import model from './eye-state.json' with { type: 'json' };

/** What an eye is told to be by its picture, in the order of the model's weights. */
export const eyeKinds = ['open', 'down', 'hidden'] as const satisfies readonly (keyof EyeEvidence)[];

/** Weights are stored as sixteen bits, lower byte first: parts of the greatest one. */
const steps = 32767;

const weights = model.weights.map(({ scale, values }) => {
  const bytes = Buffer.from(values, 'base64');
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => (bytes.readInt16LE(at * 2) * scale) / steps);
});

/**
 * Open, lids down, or hidden: chances by the features that the iris network has made of an eye's picture, among them the
 * landmarks. A logistic regression, trained by `node bench/train/eyes/train.ts` on the same eyes near and far, sharp and
 * blurred, by day and infra-red, bare and behind drawn lenses, hands and glare.
 *
 * @param features the network's three outputs, one after another
 */
export function eyeEvidence(features: Float32Array): EyeEvidence {
  const logits = weights.map((own, kind) => {
    let sum = model.bias[kind]!;
    for (let at = 0; at < own.length; at++) sum += own[at]! * features[at]!;
    return sum * model.sharpness;
  });
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  const [open, down, hidden] = powers.map((power) => power / sum);
  return { open: open!, down: down!, hidden: hidden! };
}
