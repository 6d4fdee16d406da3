/**
 * The child process that holds an embedded model. A process of its own, because the native engine writes its log to
 * stderr whatever it is told, and a fault in it ends the process.
 */
import type { AskReply, EngineDevice, EngineRequest, InspectReply, LoadReply } from './embedded-protocol.ts';
import { messageOf } from '../core/errors.ts';

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
/** How each question that is under way is stopped. */
const underWay = new Map<number, () => void>();
const tell = (message: AskReply | LoadReply | InspectReply) => void process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (message: EngineRequest) => {
  if (message.type === 'stop') underWay.get(message.id)?.();
  else if (message.type === 'load') void load(message);
  else if (message.type === 'inspect') void inspect();
  else void ask(message);
});

async function openPackage(): Promise<LlamaNode | undefined> {
  try {
    const name = '@fugood/llama.node';
    const module = (await import(name)) as LlamaNode & { default?: LlamaNode };
    return module.default ?? module;
  } catch (error) {
    tell({ type: 'refused', part: 'engine', message: messageOf(error) });
    return undefined;
  }
}

/** What each build that is installed finds on this machine. */
async function inspect(): Promise<void> {
  const engine = await openPackage();
  if (!engine) return;
  const devices: EngineDevice[] = [];
  for (const build of ['default', 'cuda', 'vulkan'] as const) {
    try {
      const found = await engine.getBackendDevicesInfo(build);
      devices.push(...found.map(({ type, deviceName }) => ({ build, name: deviceName, gpu: type === 'gpu' })));
    } catch {
      // This build is not installed, or its driver is not.
    }
  }
  tell({ type: 'inspected', devices });
}

async function load(request: EngineRequest & { type: 'load' }): Promise<void> {
  const { model, projector, contextTokens, slots } = request;
  const engine = await openPackage();
  if (!engine) return;
  const where = await chooseBuild(engine, request);
  try {
    const size = { n_ctx: contextTokens * slots, n_parallel: slots };
    const layers = { lib_variant: where.variant, n_gpu_layers: where.gpu ? allLayers : 0 };
    context = await engine.loadModel({ model, ...size, ...layers, use_mlock: false, ctx_shift: false });
  } catch (error) {
    return tell({ type: 'refused', part: 'model', message: messageOf(error) });
  }
  try {
    if (!(await context.initMultimodal({ path: projector, use_gpu: where.gpu }))) throw new Error('it was refused');
    if (!(await context.getMultimodalSupport()).vision) throw new Error('it does not take pictures');
    if (!(await context.parallel.enable({ n_parallel: slots }))) throw new Error('its slots could not be opened');
  } catch (error) {
    return tell({ type: 'refused', part: 'projector', message: messageOf(error) });
  }
  tell({ type: 'loaded', device: where.device });
}

/** More than any model has: all of them go onto the card. */
const allLayers = 999;

/** The build that finds a graphics card here, of those that may be used; else the plain one, on the CPU. */
async function chooseBuild(
  engine: LlamaNode,
  { device }: EngineRequest & { type: 'load' },
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

async function ask({ id, options }: EngineRequest & { type: 'ask' }): Promise<void> {
  // A stop may come before the engine has taken the question.
  let stopped = false;
  underWay.set(id, () => (stopped = true));
  try {
    if (!context) throw new Error('no model is loaded');
    const asked = await context.parallel.completion(options, (_, { token }) => tell({ type: 'text', id, text: token }));
    underWay.set(id, () => asked.stop());
    if (stopped) asked.stop();
    const { timings, tokens_predicted, stopped_limit, context_full } = await asked.promise;
    if (timings.prompt_n === 0) {
      tell({ type: 'failed', id, message: 'the pictures and the question do not fit the context', hopeless: true });
      return;
    }
    tell({
      type: 'end',
      id,
      end: stopped_limit || context_full ? 'length' : 'stop',
      tokensIn: timings.cache_n + timings.prompt_n,
      tokensReused: timings.cache_n,
      tokensOut: tokens_predicted,
    });
  } catch (error) {
    tell({ type: 'failed', id, message: messageOf(error), hopeless: false });
  } finally {
    underWay.delete(id);
  }
}
