/**
 * The child process that holds an embedded model. A process of its own, because the native engine writes its log to
 * stderr whatever it is told, and a fault in it ends the process.
 */
import { messageOf } from '../core/errors.ts';
import { serve, type ServedCall } from '../stream/rpc.ts';
import type { Answered, EngineDevice, EngineMethods, Load, Loaded, Refused } from './embedded-protocol.ts';

/** The part of `@fugood/llama.node` that is used; its own types are sources that do not compile under our settings. */
interface LlamaNode {
  loadModel(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
  getBackendDevicesInfo(variant: Variant): Promise<readonly { readonly type: string; readonly deviceName: string }[]>;
}
/** Builds of the engine, each a package of its own; Metal is in the default one. */
type Variant = 'default' | 'cuda' | 'vulkan';
interface LlamaContext {
  initMultimodal(options: { path: string; use_gpu: boolean }): Promise<boolean> | boolean;
  getMultimodalSupport(): Promise<{ vision: boolean }> | { vision: boolean };
  /** Slots that work at once and keep the prefix of their last prompt, pictures included. */
  readonly parallel: {
    enable(options: { n_parallel: number }): Promise<boolean>;
    completion(
      options: Readonly<Record<string, unknown>>,
      onToken: (id: number, token: { readonly token: string }) => void,
    ): Promise<{ readonly promise: Promise<LlamaResult>; stop(): void }>;
  };
}
interface LlamaResult {
  readonly tokens_predicted: number;
  readonly stopped_limit: boolean;
  readonly context_full: boolean;
  /** `prompt_n` tokens were computed, `cache_n` reused. */
  readonly timings: { readonly cache_n: number; readonly prompt_n: number };
}

let context: LlamaContext | undefined;

async function openPackage(): Promise<LlamaNode> {
  const name = '@fugood/llama.node';
  const module = (await import(name)) as LlamaNode & { default?: LlamaNode };
  return module.default ?? module;
}

/** What each build that is installed finds on this machine. */
async function inspect(): Promise<readonly EngineDevice[]> {
  const engine = await openPackage();
  const devices: EngineDevice[] = [];
  for (const build of ['default', 'cuda', 'vulkan'] as const) {
    try {
      const found = await engine.getBackendDevicesInfo(build);
      devices.push(...found.map(({ type, deviceName }) => ({ build, name: deviceName, gpu: type === 'gpu' })));
    } catch {
      // This build is not installed, or its driver is not.
    }
  }
  return devices;
}

async function load(request: Load): Promise<Loaded | Refused> {
  const { model, projector, contextTokens, slots } = request;
  let part: Refused['part'] = 'engine';
  try {
    const engine = await openPackage();
    const where = await chooseBuild(engine, request);
    part = 'model';
    const size = { n_ctx: contextTokens * slots, n_parallel: slots };
    const layers = { lib_variant: where.variant, n_gpu_layers: where.gpu ? allLayers : 0 };
    context = await engine.loadModel({ model, ...size, ...layers, use_mlock: false, ctx_shift: false });
    part = 'projector';
    if (!(await context.initMultimodal({ path: projector, use_gpu: where.gpu }))) throw new Error('it was refused');
    if (!(await context.getMultimodalSupport()).vision) throw new Error('it does not take pictures');
    if (!(await context.parallel.enable({ n_parallel: slots }))) throw new Error('its slots could not be opened');
    return { type: 'loaded', device: where.device };
  } catch (error) {
    return { type: 'refused', part, message: messageOf(error) };
  }
}

/** More than any model has: all of them go onto the card. */
const allLayers = 999;

/** The build that finds a graphics card here, of those that may be used; else the plain one, on the CPU. */
async function chooseBuild(
  engine: LlamaNode,
  { device }: Load,
): Promise<{ variant: Variant; gpu: boolean; device: string }> {
  const tried: readonly Variant[] =
    device === 'cpu' ? [] : device === 'cuda' ? ['cuda'] : ['default', 'cuda', 'vulkan'];
  for (const variant of tried) {
    try {
      const found = (await engine.getBackendDevicesInfo(variant)).find(({ type }) => type === 'gpu');
      if (found) return { variant, gpu: true, device: found.deviceName };
    } catch {
      // This build is not installed, or its driver is not.
    }
  }
  return { variant: 'default', gpu: false, device: 'CPU' };
}

async function ask(options: EngineMethods['ask']['input'], { signal, tell }: ServedCall<string>): Promise<Answered> {
  if (!context) throw new Error('no model is loaded');
  const asked = await context.parallel.completion(options, (_, { token }) => tell(token));
  // An abort may come before the engine has taken the question.
  if (signal.aborted) asked.stop();
  else signal.addEventListener('abort', () => asked.stop(), { once: true });
  const { timings, tokens_predicted, stopped_limit, context_full } = await asked.promise;
  if (timings.prompt_n === 0) {
    return { type: 'hopeless', message: 'the pictures and the question do not fit the context' };
  }
  return {
    type: 'end',
    end: stopped_limit || context_full ? 'length' : 'stop',
    tokensIn: timings.cache_n + timings.prompt_n,
    tokensReused: timings.cache_n,
    tokensOut: tokens_predicted,
  };
}

serve<EngineMethods>({ load, ask, inspect });
