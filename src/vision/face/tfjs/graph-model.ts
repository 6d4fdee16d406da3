import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FramesiftError, messageOf } from '../../../core/errors.ts';

/** One node of a TensorFlow graph. Inputs that only order execution begin with `^`. */
export type GraphNode = z.infer<typeof graphNode>;

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A TensorFlow.js graph model in memory. */
export interface GraphModel {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Constants by name, all as float32: whole numbers in them (shapes, axes) are far below 2^24. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Names of the nodes that the model answers with. */
  readonly outputs: readonly string[];
}

const integers = z.object({ list: z.object({ i: z.array(z.coerce.number()).optional() }) });

const graphNode = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z
    .object({
      strides: integers.optional(),
      dilations: integers.optional(),
      ksize: integers.optional(),
      squeeze_dims: integers.optional(),
      explicit_paddings: integers.optional(),
      axis: z.object({ i: z.coerce.number() }).optional(),
      padding: z.object({ s: z.string() }).optional(),
      fused_ops: z.object({ list: z.object({ s: z.array(z.string()).optional() }) }).optional(),
      keep_dims: z.object({ b: z.boolean().optional() }).optional(),
      half_pixel_centers: z.object({ b: z.boolean().optional() }).optional(),
      align_corners: z.object({ b: z.boolean().optional() }).optional(),
      shape: z.object({ shape: z.object({ dim: z.array(z.object({ size: z.coerce.number() })) }) }).optional(),
    })
    .default({}),
});

const signature = z.object({ outputs: z.record(z.string(), z.object({ name: z.string() })).default({}) });

const modelFile = z.object({
  modelTopology: z.object({ node: z.array(graphNode) }),
  signature: signature.optional(),
  userDefinedMetadata: z.object({ signature: signature.optional() }).optional(),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.number()),
          dtype: z.enum(['float32', 'int32', 'bool', 'uint8']),
          quantization: z
            .object({
              dtype: z.enum(['float16', 'uint8', 'uint16']),
              scale: z.number().default(1),
              min: z.number().default(0),
            })
            .optional(),
        }),
      ),
    }),
  ),
});

type WeightEntry = z.infer<typeof modelFile>['weightsManifest'][number]['weights'][number];

/**
 * Reads `model.json` and the weight files that it names.
 *
 * Throws FramesiftError `model` where a file is missing, damaged or of another format.
 */
export async function readGraphModel(file: string): Promise<GraphModel> {
  try {
    const model = modelFile.parse(JSON.parse(await readFile(file, 'utf8')));
    const weights = new Map<string, Weight>();
    for (const group of model.weightsManifest) {
      const parts = group.paths.map((name) => readFile(path.join(path.dirname(file), name)));
      const bytes = Buffer.concat(await Promise.all(parts));
      let offset = 0;
      for (const entry of group.weights) {
        const { data, length } = decode(entry, bytes.subarray(offset));
        weights.set(entry.name, { shape: entry.shape, data });
        offset += length;
      }
    }
    const { outputs } = model.signature ?? model.userDefinedMetadata?.signature ?? { outputs: {} };
    return {
      nodes: new Map(model.modelTopology.node.map((node) => [node.name, node])),
      weights,
      outputs: Object.values(outputs).map(({ name }) => nodeName(name)),
    };
  } catch (error) {
    throw new FramesiftError('model', `${file} is no TensorFlow.js graph model: ${messageOf(error)}`, { cause: error });
  }
}

/** The node behind an input's name: without the mark of a control input and without the number of its first output. */
export function nodeName(input: string): string {
  return input.replace(/^\^/, '').replace(/:0$/, '');
}

function decode(entry: WeightEntry, bytes: Buffer): { data: Float32Array; length: number } {
  const count = entry.shape.reduce((product, dim) => product * dim, 1);
  const stored = entry.quantization?.dtype ?? entry.dtype;
  const { size, read } = readers[stored];
  const { scale, min } = entry.quantization ?? { scale: 1, min: 0 };
  if (count * size > bytes.byteLength) throw new Error(`the weights end within ${entry.name}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, count * size);
  const data = Float32Array.from({ length: count }, (_, index) => read(view, index * size) * scale + min);
  return { data, length: count * size };
}

const readers = {
  float32: { size: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  int32: { size: 4, read: (view: DataView, at: number) => view.getInt32(at, true) },
  float16: { size: 2, read: (view: DataView, at: number) => view.getFloat16(at, true) },
  uint16: { size: 2, read: (view: DataView, at: number) => view.getUint16(at, true) },
  uint8: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
  bool: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
};
