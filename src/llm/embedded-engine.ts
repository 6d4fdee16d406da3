/**
 * The child process that holds an embedded model. A process of its own, because the native engine writes its log to
 * stderr whatever it is told, and a fault in it ends the process.
 */
import type { AskReply, EngineRequest, LoadReply } from './embedded-protocol.ts';
import { messageOf } from '../core/errors.ts';

/** The part of `@fugood/llama.node` that is used; its own types are sources that do not compile under our settings. */
interface LlamaNode {
  loadModel(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
}
interface LlamaContext {
  initMultimodal(options: { path: string }): Promise<boolean> | boolean;
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
const tell = (message: AskReply | LoadReply) => void process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (message: EngineRequest) => {
  if (message.type === 'stop') underWay.get(message.id)?.();
  else if (message.type === 'load') void load(message);
  else void ask(message);
});

async function load({ model, projector, contextTokens, slots }: EngineRequest & { type: 'load' }): Promise<void> {
  let engine: LlamaNode;
  try {
    const name = '@fugood/llama.node';
    const module = (await import(name)) as LlamaNode & { default?: LlamaNode };
    engine = module.default ?? module;
  } catch (error) {
    return tell({ type: 'refused', part: 'engine', message: messageOf(error) });
  }
  try {
    const size = { n_ctx: contextTokens * slots, n_parallel: slots };
    context = await engine.loadModel({ model, ...size, use_mlock: false, ctx_shift: false });
  } catch (error) {
    return tell({ type: 'refused', part: 'model', message: messageOf(error) });
  }
  try {
    if (!(await context.initMultimodal({ path: projector }))) throw new Error('it was refused');
    if (!(await context.getMultimodalSupport()).vision) throw new Error('it does not take pictures');
    if (!(await context.parallel.enable({ n_parallel: slots }))) throw new Error('its slots could not be opened');
  } catch (error) {
    return tell({ type: 'refused', part: 'projector', message: messageOf(error) });
  }
  tell({ type: 'loaded' });
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
