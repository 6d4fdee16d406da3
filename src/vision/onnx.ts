import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Device, RunningDevice } from '../core/device.ts';
import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';

/** Row-major numbers with their shape. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What goes into a network: 32-bit floats, or 64-bit integers such as tokens. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** A loaded network. Owned by whoever opened it. What it answers is not aliased by a later call. */
export interface Network extends AsyncDisposable {
  /** Names in the order of the file. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of the first input, as far as the file fixes it; undefined for a size that may differ from call to call. */
  readonly inputDims: readonly (number | undefined)[];
  /** Of the first input: `float32`, `uint8`, … */
  readonly inputType: string;
  readonly device: RunningDevice;
  /** One line for people where the network does not run on the device that was asked for. */
  readonly notice?: string;
  /** `input` is row-major with the shape `dims`. What comes back is the first output. */
  run(input: Float32Array, dims: readonly number[]): Promise<Tensor>;
  /** The same for a network with several outputs: all of them, in the order that the file names them. */
  runAll(input: Float32Array, dims: readonly number[]): Promise<readonly Tensor[]>;
  /** Any inputs by name, and the outputs that are wanted. */
  runNamed(feeds: Readonly<Record<string, Feed>>, wanted: readonly string[]): Promise<readonly Tensor[]>;
}

export interface NetworkOptions {
  /** Threads inside one operator. Default 1: with the cores shared, several workers beat several threads. */
  readonly threads?: number;
  /** Default `cpu`. A device that cannot be used is told in `notice`, and the CPU does the work. */
  readonly device?: Device;
}

/**
 * Loads an ONNX file. The one place in the project that touches onnxruntime-node, which is optional.
 *
 * Throws FramesiftError `dependency` where onnxruntime-node is absent or its binary does not load, `model` where the
 * file is no network that it can run.
 */
export async function openNetwork(file: string, options: NetworkOptions = {}): Promise<Network> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const create = (provider: string) =>
    InferenceSession.create(file, {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: options.threads ?? 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Input sizes differ from call to call, for which a pattern of past allocations is only memory.
      enableMemPattern: false,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  const choice = await chooseDevice(options.device ?? 'cpu');
  let { device, notice } = choice;
  let session: Awaited<ReturnType<typeof create>>;
  try {
    session = await create(providers[device]).catch((error: unknown) => {
      if (device === 'cpu') throw error;
      notice = `${device} cannot be used (${messageOf(error)}); the CPU is used instead. framesift doctor says more.`;
      device = 'cpu';
      return create('cpu');
    });
  } catch (error) {
    throw new FramesiftError('model', `${file} cannot be loaded as an ONNX network: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const [inputName, outputName] = [session.inputNames[0], session.outputNames[0]];
  if (inputName === undefined || outputName === undefined) {
    throw new FramesiftError('model', `${file} has no input or no output.`);
  }
  async function answer(feeds: Readonly<Record<string, Feed>>, names: readonly string[]): Promise<Tensor[]> {
    const tensors: Record<string, InstanceType<typeof Tensor>> = {};
    for (const [name, { data, dims }] of Object.entries(feeds)) {
      tensors[name] =
        data instanceof Float32Array ? new Tensor('float32', data, dims) : new Tensor('int64', data, dims);
    }
    const outputs = await session.run(tensors, names);
    return names.map((name) => {
      const output = outputs[name];
      if (output === undefined || !(output.data instanceof Float32Array)) {
        throw new FramesiftError('model', `${file} does not answer with 32-bit floats.`);
      }
      return { data: output.data, dims: output.dims };
    });
  }
  const [input] = session.inputMetadata;
  const first = (data: Float32Array, dims: readonly number[]) => ({ [inputName]: { data, dims } });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    inputDims: input?.isTensor ? input.shape.map((size) => (typeof size === 'number' ? size : undefined)) : [],
    inputType: input?.isTensor ? input.type : 'unknown',
    device,
    ...(notice === undefined ? {} : { notice }),
    run: async (data, dims) => (await answer(first(data, dims), [outputName]))[0]!,
    runAll: (data, dims) => answer(first(data, dims), session.outputNames),
    runNamed: answer,
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

const providers: Readonly<Record<RunningDevice, string>> = {
  cpu: 'cpu',
  cuda: 'cuda',
  coreml: 'coreml',
  directml: 'dml',
};

/** Which devices the installed runtime can be asked for here, and why not the others. */
export async function runtimeDevices(): Promise<
  readonly { readonly device: RunningDevice; readonly lacks?: string }[]
> {
  const { listSupportedBackends } = await loadRuntime();
  const known = new Set(listSupportedBackends().map(({ name }) => name));
  const all = Object.entries(providers) as [RunningDevice, string][];
  return all
    .filter(([, provider]) => known.has(provider))
    .map(([device]) => (device === 'cuda' && !hasCudaLibrary() ? { device, lacks: cudaRemedy } : { device }));
}

const cudaRemedy =
  'onnxruntime’s CUDA library is not installed. Run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts --ignore-scripts=false`';

/** The library is no part of the package; asking for CUDA without it prints the loader's complaints to the screen. */
function hasCudaLibrary(): boolean {
  const root = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(root, 'bin', 'napi-v6', process.platform, process.arch, name));
}

async function chooseDevice(asked: Device): Promise<{ device: RunningDevice; notice?: string }> {
  if (asked === 'cpu') return { device: 'cpu' };
  const there = await runtimeDevices();
  if (asked === 'auto') {
    const best = there.find(({ device, lacks }) => device !== 'cpu' && lacks === undefined);
    return { device: best?.device ?? 'cpu' };
  }
  const found = there.find(({ device }) => device === asked);
  if (found && found.lacks === undefined) return { device: asked };
  const why = found?.lacks ?? `onnxruntime has no ${asked} for ${process.platform} on ${process.arch}`;
  return { device: 'cpu', notice: `${asked} cannot be used: ${why}. The CPU is used instead.` };
}

/** Throws FramesiftError `dependency` where onnxruntime-node is absent or its binary does not load. */
export async function checkRuntime(): Promise<void> {
  await loadRuntime();
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
