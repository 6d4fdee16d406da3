import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { FramesiftError, messageOf } from '../core/errors.ts';
import { checkContext, contextFor } from './context.ts';
import { RequestFailure } from './failure.ts';
import type { Generation, ModelFacts } from './model.ts';
import type { ModelRequest, Piece, Provider } from './provider.ts';

/** The part of `@fugood/llama.node` that is used; its own types are sources that do not compile under our settings. */
interface LlamaNode {
  loadModel(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
}
interface LlamaContext {
  initMultimodal(options: { path: string; use_gpu?: boolean }): Promise<boolean> | boolean;
  getMultimodalSupport?(): Promise<{ vision: boolean }> | { vision: boolean };
  completion(
    options: Readonly<Record<string, unknown>>,
    onToken: (token: { readonly token: string }) => void,
  ): Promise<{
    readonly text: string;
    readonly tokens_predicted: number;
    readonly tokens_evaluated: number;
    readonly truncated: boolean;
    readonly context_full: boolean;
    readonly timings?: { readonly cache_n?: number; readonly prompt_n?: number };
  }>;
  stopCompletion(): void;
  release(): Promise<void>;
}

/**
 * Loads a text model and its image projector into this process.
 * Throws FramesiftError `dependency` (the engine is not installed) or `model` (a file is missing or cannot be used).
 */
export async function openEmbedded(
  model: string,
  projector: string,
  generation: Generation,
  images: number,
): Promise<Provider> {
  for (const file of [model, projector]) {
    await access(file).catch(() => {
      throw new FramesiftError('model', `${file}: no such model file. Give gguf:MODEL.gguf+MMPROJ.gguf.`);
    });
  }
  const engine = await loadEngine();
  const numCtx = generation.numCtx ?? contextFor(basename(model), images, undefined);
  let context: LlamaContext;
  try {
    context = await engine.loadModel({ model, n_ctx: numCtx, use_mlock: false, ctx_shift: false });
  } catch (error) {
    throw new FramesiftError('model', `${model}: not a model that can be loaded (${messageOf(error)}).`, {
      cause: error,
    });
  }
  try {
    if (!(await context.initMultimodal({ path: projector }))) throw new Error('the projector was refused');
  } catch (error) {
    await context.release();
    throw new FramesiftError('model', `${projector}: not an image projector for this model (${messageOf(error)}).`, {
      cause: error,
    });
  }
  return new EmbeddedProvider(model, context, numCtx);
}

async function loadEngine(): Promise<LlamaNode> {
  const name = '@fugood/llama.node';
  try {
    const module = (await import(name)) as { default?: LlamaNode } & LlamaNode;
    return module.default ?? module;
  } catch (error) {
    throw new FramesiftError('dependency', `Embedded models need ${name}. Install it with: npm install ${name}`, {
      cause: error,
    });
  }
}

/** A model in this process: one question at a time, no server. */
class EmbeddedProvider implements Provider {
  readonly address: string;
  readonly #context: LlamaContext;
  readonly #contextTokens: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(model: string, context: LlamaContext, contextTokens: number) {
    this.address = `gguf:${model}`;
    this.#context = context;
    this.#contextTokens = contextTokens;
  }

  async check({ images }: { images: number }): Promise<ModelFacts> {
    const support = await this.#context.getMultimodalSupport?.();
    if (support && !support.vision) {
      throw new FramesiftError(
        'model',
        `${this.address}: its projector does not take pictures. Give the one for images.`,
      );
    }
    checkContext(this.address, images, this.#contextTokens, 'Give fewer frames (--window) or a larger --num-ctx.');
    return { digest: '', slots: 1, contextTokens: this.#contextTokens };
  }

  async alive(): Promise<boolean> {
    return true;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    // The engine takes one question at a time, also when two models of one process were opened on the same file.
    const turn = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = turn.promise;
    await before;
    const onAbort = () => this.#context.stopCompletion();
    try {
      signal.throwIfAborted();
      const pieces: Piece[] = [];
      let wake = () => {};
      let failure: unknown;
      let over = false;
      const working = this.#context
        .completion(completionOptions(request), ({ token }) => {
          pieces.push({ text: token });
          wake();
        })
        .then(
          (result) => void pieces.push(endOf(result, request.maxTokens)),
          (error: unknown) => void (failure = error ?? new Error('unknown')),
        )
        .finally(() => {
          over = true;
          wake();
        });
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        for (;;) {
          while (pieces.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve));
          signal.throwIfAborted();
          const piece = pieces.shift();
          if (piece) yield piece;
          else if (failure) throw new RequestFailure('server', messageOf(failure), { cause: failure });
          else return;
        }
      } finally {
        // Left early: the engine must have stopped before the next question may begin.
        if (!over) this.#context.stopCompletion();
        await working;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      turn.resolve();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#context.release();
  }
}

function completionOptions({ system, prompt, images, schema, maxTokens, generation }: ModelRequest) {
  const content = [
    ...images.map((image) => ({ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${image.base64}` } })),
    { type: 'text', text: prompt },
  ];
  const user = { role: 'user', content };
  return {
    messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
    response_format: { type: 'json_schema', json_schema: { strict: true, schema } },
    n_predict: maxTokens,
    temperature: generation.temperature ?? 0,
    enable_thinking: false,
    ...(generation.topK === undefined ? {} : { top_k: generation.topK }),
    ...(generation.topP === undefined ? {} : { top_p: generation.topP }),
    ...(generation.seed === undefined ? {} : { seed: generation.seed }),
  };
}

function endOf(result: Awaited<ReturnType<LlamaContext['completion']>>, maxTokens: number): Piece {
  const cut = result.truncated || result.context_full || result.tokens_predicted >= maxTokens;
  return {
    end: cut ? 'length' : 'stop',
    tokensIn: result.tokens_evaluated,
    tokensOut: result.tokens_predicted,
    ...(result.timings?.cache_n === undefined ? {} : { tokensReused: result.timings.cache_n }),
  };
}
