import { availableParallelism } from 'node:os';
import type { Device, RunningDevice } from '../../core/device.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { Frame } from '../../core/frame.ts';
import type { Measure } from '../../core/measurement.ts';
import { openNetwork, type Network, type Tensor } from '../onnx.ts';
import { describeLuma } from './descriptor.ts';
import { dimsOf, writeInput, type InputSpec } from './input.ts';
import { pixelsOf } from './pixels.ts';

/**
 * Describes pictures by vectors of unit length: how alike two pictures are is the cosine of the angle between theirs,
 * which is their dot product. Thresholds belong to one model and are found by `framesift calibrate`.
 */
export interface Embedder extends Measure<Float32Array>, AsyncDisposable {
  /** Tells one set of weights from another; thresholds are kept under it. */
  readonly digest: string;
  readonly device: RunningDevice;
  /** One line for people where the device that was asked for is not used. */
  readonly notice?: string;
}

export interface EmbedderFiles {
  readonly id: string;
  readonly digest: string;
  /** The vision network's ONNX file. */
  readonly network: string;
  readonly input: InputSpec;
}

export interface OpenOptions {
  readonly device?: Device;
  /** Threads inside the network. Default 1. */
  readonly threads?: number;
  /**
   * Pictures in one call of the network. Default: 32 on a graphics card, 1 on the CPU, where more of them at once only
   * leave its caches (a network of DINOv2-small's shape takes 1.27 × the CPU time for each at 32, and four times the
   * memory); there as many calls run beside each other as there are cores, up to 4.
   */
  readonly batch?: number;
}

/** The descriptor that needs no weights. */
export const builtinEmbedder: Embedder = {
  id: 'builtin',
  digest: 'builtin-1',
  device: 'cpu',
  async of(frames, { signal }) {
    signal.throwIfAborted();
    return frames.map(({ luma }) => describeLuma(luma));
  },
  async [Symbol.asyncDispose]() {},
};

/**
 * Opens a vision network as an embedder: DINOv2, the vision half of CLIP or SigLIP, or any that answers as they do.
 *
 * Which output is the picture's vector: `image_embeds` (CLIP's projection), else `pooler_output` (SigLIP's attention
 * pool; DINOv2's class token), else the class token of `last_hidden_state`, the first of the sequence, which is what
 * DINOv2 is compared by in retrieval, with cosine similarity (Oquab et al. 2023, arXiv 2304.07193, "Instance
 * Recognition").
 *
 * @throws FramesiftError `dependency` or `model`
 */
export async function openEmbedder(files: EmbedderFiles, options: OpenOptions = {}): Promise<Embedder> {
  const { id, digest, input } = files;
  const network = await openNetwork(files.network, {
    device: options.device ?? 'auto',
    threads: options.threads ?? 1,
  });
  const output = ['image_embeds', 'pooler_output', 'last_hidden_state'].find((name) => network.outputs.includes(name));
  if (output === undefined || network.inputType !== 'float32') {
    await network[Symbol.asyncDispose]();
    throw new FramesiftError(
      'model',
      `${files.network}: not an embedding network: it must take 32-bit floats and answer with image_embeds, pooler_output or last_hidden_state.`,
    );
  }
  const plan = planOf(network, options.batch);
  return {
    id,
    digest,
    device: network.device,
    ...(network.notice === undefined ? {} : { notice: network.notice }),
    async of(frames, { signal }) {
      return inBatches(frames, plan, signal, async (some) => {
        const [answer] = await network.runNamed({ [network.inputs[0]!]: await feedOf(some, input) }, [output]);
        return vectorsIn(answer!, some.length, files.network);
      });
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

/** How many pictures go into one call, and how many calls run beside each other. */
export interface BatchPlan {
  readonly size: number;
  readonly lanes: number;
}

const onGpu = 32;
/** Node runs as many native calls at once unless told otherwise (UV_THREADPOOL_SIZE). */
const maxLanes = 4;

/** A file that fixes its batch to one picture is given one at a time. */
export function planOf({ inputDims, device }: Network, asked?: number): BatchPlan {
  const cpu = device === 'cpu';
  return {
    size: Math.min(asked ?? (cpu ? 1 : onGpu), inputDims[0] ?? Infinity),
    lanes: cpu ? Math.min(maxLanes, availableParallelism()) : 1,
  };
}

/** Works through the frames in batches, some beside each other; the results come in the order of the frames. */
export async function inBatches<T>(
  frames: readonly Frame[],
  { size, lanes }: BatchPlan,
  signal: AbortSignal,
  work: (some: readonly Frame[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const results: T[] = Array.from({ length: frames.length });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < frames.length) {
      signal.throwIfAborted();
      const from = next;
      next += size;
      for (const [index, result] of (await work(frames.slice(from, from + size))).entries()) {
        results[from + index] = result;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, Math.ceil(frames.length / size)) }, lane));
  return results;
}

/** Frames as one input of a network. */
export async function feedOf(frames: readonly Frame[], input: InputSpec) {
  const data = new Float32Array(frames.length * 3 * input.width * input.height);
  const side = Math.min(input.width, input.height);
  for (const [index, frame] of frames.entries()) writeInput(await pixelsOf(frame, side), input, data, index);
  return { data, dims: dimsOf(input, frames.length) };
}

function vectorsIn({ data, dims }: Tensor, count: number, file: string): Float32Array[] {
  const length = dims.at(-1) ?? 0;
  // [pictures, tokens, numbers], the class token first; or [pictures, numbers].
  const step = data.length / count;
  if (dims[0] !== count || length < 2 || !Number.isInteger(step)) {
    throw new FramesiftError(
      'model',
      `${file}: answers with the shape ${dims.join(' × ')}, which is not an embedding.`,
    );
  }
  return Array.from({ length: count }, (_, index) => unit(data.subarray(index * step, index * step + length)));
}

/** The vector at length one; one that has no length stays as it is. */
export function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  return length > 0 && Number.isFinite(length)
    ? vector.map((value) => value / length)
    : new Float32Array(vector.length);
}
