import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';

/** Row-major numbers with their shape. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A loaded network with one input. Owned by whoever opened it. What it answers is not aliased by a later call. */
export interface Network extends AsyncDisposable {
  /** `input` is row-major with the shape `dims`. What comes back is the first output. */
  run(input: Float32Array, dims: readonly number[]): Promise<Tensor>;
  /** The same for a network with several outputs: all of them, in the order that the file names them. */
  runAll(input: Float32Array, dims: readonly number[]): Promise<readonly Tensor[]>;
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
  async function answer(input: Float32Array, dims: readonly number[], names: readonly string[]): Promise<Tensor[]> {
    const outputs = await session.run({ [inputName!]: new Tensor('float32', input, dims) }, names);
    return names.map((name) => {
      const output = outputs[name];
      if (output === undefined || !(output.data instanceof Float32Array)) {
        throw new FramesiftError('model', `${file} does not answer with 32-bit floats.`);
      }
      return { data: output.data, dims: output.dims };
    });
  }
  return {
    run: async (input, dims) => (await answer(input, dims, [outputName]))[0]!,
    runAll: (input, dims) => answer(input, dims, session.outputNames),
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

const remedy =
  'Run `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or leave out what needs it (`--no-text` for slides).';

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
