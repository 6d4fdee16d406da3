import { basename } from 'node:path';
import { z } from 'zod';
import type { RunningDevice } from '../../core/device.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { parseYaml, readYamlText, YamlFault } from '../../core/yaml.ts';
import type { Measure } from '../../core/measurement.ts';
import { openNetwork } from '../onnx.ts';
import { feedOf, inBatches, planOf, type OpenOptions } from './embedder.ts';
import type { InputSpec } from './input.ts';

/** What a classifier says of one picture. */
export interface Classified {
  /** The likeliest label. */
  readonly label: string;
  /** 0–1, of that label. */
  readonly probability: number;
  /** 0–1: the labels that are kept, together. */
  readonly kept: number;
}

export interface FrameClassifier extends Measure<Classified>, AsyncDisposable {
  readonly digest: string;
  readonly device: RunningDevice;
  readonly notice?: string;
  /** Below this share for the kept labels a picture is refused, as the file beside the network says. */
  readonly threshold?: number;
}

const three = z.tuple([z.number(), z.number(), z.number()]);
const positive = three.refine((values) => values.every((value) => value > 0), 'must be above 0');
const side = z.int().min(8).max(4096);
const Settings = z
  .strictObject({
    input: z.strictObject({
      width: side,
      height: side,
      layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
      /** Pixels as 0–1 or as 0–255, before mean and std. */
      range: z.union([z.literal(1), z.literal(255)]).default(1),
      mean: three.default([0, 0, 0]),
      std: positive.default([1, 1, 1]),
      channels: z.enum(['RGB', 'BGR']).default('RGB'),
    }),
    /** `auto`: numbers that are shares already stay as they are, others go through softmax, or a sigmoid if there is one. */
    output: z.enum(['auto', 'logits', 'probabilities']).default('auto'),
    labels: z.array(z.string().min(1)).min(2),
    keep: z.array(z.string().min(1)).min(1),
    threshold: z.number().min(0).max(1).optional(),
  })
  .refine(({ labels, keep }) => keep.every((label) => labels.includes(label)), 'keep names a label that is none')
  .refine(({ labels, keep }) => labels.some((label) => !keep.includes(label)), 'keep names every label');

/** The YAML that must lie beside a classifier: `my-cnn.yaml` beside `my-cnn.onnx`. */
export const settingsFileOf = (network: string): string => network.replace(/\.onnx$/i, '.yaml');

/**
 * Opens an image classifier: any ONNX file, EfficientNet, ResNet or another, with its settings in a YAML file beside it.
 *
 * @throws FramesiftError `model` naming the file and what is wrong in it, `dependency`
 */
export async function openClassifier(
  file: string,
  digest: string,
  options: OpenOptions = {},
): Promise<FrameClassifier> {
  const settings = await readSettings(file);
  const { labels, keep, threshold } = settings;
  const input: InputSpec = { ...settings.input, full: settings.input.range };
  const network = await openNetwork(file, { device: options.device ?? 'auto', threads: options.threads ?? 1 });
  const plan = planOf(network, options.batch);
  const kept = labels.map((label) => keep.includes(label));
  return {
    id: basename(file),
    digest,
    device: network.device,
    ...(network.notice === undefined ? {} : { notice: network.notice }),
    ...(threshold === undefined ? {} : { threshold }),
    async of(frames, { signal }) {
      return inBatches(frames, plan, signal, async (some) => {
        const { data, dims } = await feedOf(some, input);
        const answer = await network.run(data, dims).catch((error: unknown) => {
          throw new FramesiftError(
            'model',
            `${file}: does not take pictures as ${settingsFileOf(basename(file))} says (${dims.join(' × ')}): ${messageOf(error)}`,
            { cause: error },
          );
        });
        const width = answer.data.length / some.length;
        const single = width === 1 && labels.length === 2;
        if (width !== labels.length && !single) {
          throw new FramesiftError(
            'model',
            `${file}: answers with ${width} numbers a picture, and ${settingsFileOf(basename(file))} names ${labels.length} labels.`,
          );
        }
        return some.map((_, index) => {
          const row = answer.data.subarray(index * width, (index + 1) * width);
          return describe(sharesOf(row, settings.output), labels, kept);
        });
      });
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

/** One share a label. A single number is the share of the second of two labels. */
function sharesOf(row: Float32Array, output: 'auto' | 'logits' | 'probabilities'): readonly number[] {
  const values = [...row];
  const inside = values.every((value) => value >= 0 && value <= 1);
  if (values.length === 1) {
    const share = output === 'logits' || (output === 'auto' && !inside) ? 1 / (1 + Math.exp(-values[0]!)) : values[0]!;
    return [1 - share, share];
  }
  const sum = values.reduce((all, value) => all + value, 0);
  const shares = output === 'probabilities' || (output === 'auto' && inside && Math.abs(sum - 1) < 1e-3);
  return shares ? values : softmax(values);
}

/** Shares that sum to 1, from logits. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

function describe(shares: readonly number[], labels: readonly string[], kept: readonly boolean[]): Classified {
  let best = 0;
  for (const [index, share] of shares.entries()) if (share > shares[best]!) best = index;
  const keptShare = shares.reduce((sum, share, index) => sum + (kept[index] ? share : 0), 0);
  return { label: labels[best]!, probability: shares[best]!, kept: Math.min(1, keptShare) };
}

async function readSettings(network: string): Promise<z.output<typeof Settings>> {
  const file = settingsFileOf(network);
  if (file === network) throw new FramesiftError('model', `${network}: a frame classifier is an .onnx file.`);
  let value: unknown;
  try {
    const text = await readYamlText(file);
    if (text === undefined) {
      throw new FramesiftError(
        'model',
        `${file} is missing: it must say the input's size, mean and std, the labels, and which of them are kept. See docs/guide/models.md.`,
      );
    }
    ({ value } = parseYaml(text));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new FramesiftError('model', `${file}: line ${error.line}: ${error.message}`);
  }
  const result = Settings.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the file';
  throw new FramesiftError('model', `${file}: ${where}: ${issue?.message}. See docs/guide/models.md.`);
}
