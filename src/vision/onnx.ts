import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';

/** A loaded network with one input and one output. Owned by whoever opened it. */
export interface Network extends AsyncDisposable {
  /** `input` is row-major with the shape `dims`. What comes back is the first output, not aliased by a later call. */
  run(input: Float32Array, dims: readonly number[]): Promise<{ data: Float32Array; dims: readonly number[] }>;
}

export interface NetworkOptions {
  /** Threads inside one operator. Default 1: with the cores shared, several workers beat several threads. */
  readonly threads?: number;
}

/**
 * Loads an ONNX file on the CPU. The one place in the project that touches onnxruntime-node, which is optional.
 *
 * Throws FramesiftError `dependency` where onnxruntime-node is absent or its binary does not load, `model` where the
 * file is no network that it can run.
 */
export async function openNetwork(file: string, options: NetworkOptions = {}): Promise<Network> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Input sizes differ from call to call, for which a pattern of past allocations is only memory.
    enableMemPattern: false,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }).catch((error: unknown) => {
    throw new FramesiftError('model', `${file} cannot be loaded as an ONNX network: ${messageOf(error)}`, {
      cause: error,
    });
  });
  const [inputName, outputName] = [session.inputNames[0], session.outputNames[0]];
  if (inputName === undefined || outputName === undefined) {
    throw new FramesiftError('model', `${file} has no input or no output.`);
  }
  return {
    async run(input, dims) {
      const outputs = await session.run({ [inputName]: new Tensor('float32', input, dims) }, [outputName]);
      const output = outputs[outputName];
      if (output === undefined || !(output.data instanceof Float32Array)) {
        throw new FramesiftError('model', `${file} does not answer with 32-bit floats.`);
      }
      return { data: output.data, dims: output.dims };
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

const remedy =
  'Run `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or leave text recognition out with `--no-text`.';

async function loadRuntime() {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const absent = systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND';
    const what = absent
      ? 'onnxruntime-node is not installed.'
      : `onnxruntime-node does not load: ${messageOf(error).replace(/\.?$/, '.')}`;
    throw new FramesiftError('dependency', `${what} ${remedy}`, { cause: error });
  }
}
