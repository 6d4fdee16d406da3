/**
 * The child process that holds an embedded model. A process of its own, because the native engine writes its log to
 * stderr whatever it is told, works on the thread that calls it, and a fault in it ends the process.
 */
import type { EngineReply, EngineRequest } from './embedded-protocol.ts';
import { messageOf } from '../core/errors.ts';

/** The part of `@fugood/llama.node` that is used; its own types are sources that do not compile under our settings. */
interface LlamaNode {
  loadModel(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
}
interface LlamaContext {
  initMultimodal(options: { path: string }): Promise<boolean> | boolean;
  getMultimodalSupport(): Promise<{ vision: boolean }> | { vision: boolean };
  completion(
    options: Readonly<Record<string, unknown>>,
    onToken: (token: { readonly token: string }) => void,
  ): Promise<{
    readonly tokens_predicted: number;
    readonly tokens_evaluated: number;
    readonly truncated: boolean;
    readonly context_full: boolean;
    readonly timings?: { readonly cache_n?: number };
  }>;
  stopCompletion(): void;
}

let context: LlamaContext | undefined;
const reply = (message: EngineReply) => void process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (message: EngineRequest) => {
  if (message.type === 'stop') context?.stopCompletion();
  else if (message.type === 'load') void load(message);
  else void ask(message);
});

async function load({ model, projector, contextTokens }: EngineRequest & { type: 'load' }): Promise<void> {
  let engine: LlamaNode;
  try {
    const name = '@fugood/llama.node';
    const module = (await import(name)) as LlamaNode & { default?: LlamaNode };
    engine = module.default ?? module;
  } catch (error) {
    return reply({ type: 'refused', part: 'engine', message: messageOf(error) });
  }
  try {
    context = await engine.loadModel({ model, n_ctx: contextTokens, use_mlock: false, ctx_shift: false });
  } catch (error) {
    return reply({ type: 'refused', part: 'model', message: messageOf(error) });
  }
  try {
    if (!(await context.initMultimodal({ path: projector }))) throw new Error('it was refused');
    if (!(await context.getMultimodalSupport()).vision) throw new Error('it does not take pictures');
  } catch (error) {
    return reply({ type: 'refused', part: 'projector', message: messageOf(error) });
  }
  reply({ type: 'loaded' });
}

async function ask({ options, maxTokens }: EngineRequest & { type: 'ask' }): Promise<void> {
  try {
    if (!context) throw new Error('no model is loaded');
    const result = await context.completion(options, ({ token }) => reply({ type: 'text', text: token }));
    const cut = result.truncated || result.context_full || result.tokens_predicted >= maxTokens;
    reply({
      type: 'end',
      end: cut ? 'length' : 'stop',
      tokensIn: result.tokens_evaluated,
      tokensOut: result.tokens_predicted,
      ...(result.timings?.cache_n === undefined ? {} : { tokensReused: result.timings.cache_n }),
    });
  } catch (error) {
    reply({ type: 'failed', message: messageOf(error) });
  }
}
