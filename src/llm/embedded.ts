import { createHash } from 'node:crypto';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import type { EngineReply, EngineRequest } from './embedded-protocol.ts';
import { checkContext, contextFor } from './context.ts';
import { RequestFailure } from './failure.ts';
import type { Generation, ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';

/**
 * Loads a text model and its image projector (GGUF files) into a process of its own.
 * Throws FramesiftError `dependency` (the engine is not installed) or `model` (a file is missing or cannot be used).
 */
export async function openEmbedded(
  model: string,
  projector: string,
  generation: Generation,
  images: number,
): Promise<Provider> {
  const digest = createHash('sha256');
  for (const file of [model, projector]) digest.update(await checkGguf(file));
  const contextTokens = generation.numCtx ?? contextFor(basename(model), images, undefined);
  const child = fork(new URL(`./embedded-engine${extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const engine = new Engine(child);
  child.send({ type: 'load', model, projector, contextTokens } satisfies EngineRequest);
  const reply = await engine.next();
  if (reply.type === 'loaded') return new EmbeddedProvider(model, digest.digest('hex'), engine, contextTokens);
  await engine.stop();
  throw refusal(reply, model, projector);
}

/**
 * The native engine may die of a file that is no GGUF: look at its first bytes before it does.
 * Returns what tells the file from another: its size and its first and last 64 KiB.
 */
async function checkGguf(path: string): Promise<Buffer> {
  const file = await open(path).catch(() => {
    throw new FramesiftError('model', `${path}: no such model file. Give gguf:MODEL.gguf+MMPROJ.gguf.`);
  });
  try {
    const { size } = await file.stat();
    const edge = 65_536;
    const { buffer: head } = await file.read(Buffer.alloc(edge), 0, edge, 0);
    const { buffer: tail } = await file.read(Buffer.alloc(edge), 0, edge, Math.max(0, size - edge));
    if (head.toString('latin1', 0, 4) === 'GGUF') return Buffer.concat([Buffer.from(`${size}\n`), head, tail]);
  } finally {
    await file.close();
  }
  throw new FramesiftError('model', `${path}: not a GGUF file. Give gguf:MODEL.gguf+MMPROJ.gguf.`);
}

function refusal(reply: EngineReply, model: string, projector: string): FramesiftError {
  if (reply.type !== 'refused') {
    return new FramesiftError(
      'model',
      `The engine died while loading ${model} and ${projector}. Are they of one model?`,
    );
  }
  if (reply.part === 'engine') {
    return new FramesiftError(
      'dependency',
      'Embedded models need @fugood/llama.node. Install it with: npm install @fugood/llama.node',
    );
  }
  const what =
    reply.part === 'model'
      ? `${model}: not a model that can be loaded`
      : `${projector}: not an image projector for this model`;
  return new FramesiftError('model', `${what} (${reply.message}).`);
}

/** The child and what it said that nobody has read yet. */
class Engine {
  readonly child: ChildProcess;
  readonly #said: EngineReply[] = [];
  #wake = () => {};

  constructor(child: ChildProcess) {
    this.child = child;
    const hear = (reply: EngineReply) => {
      this.#said.push(reply);
      this.#wake();
    };
    child.on('message', hear);
    child.once('exit', () => hear({ type: 'failed', message: 'the engine ended' }));
    child.once('error', ({ message }) => hear({ type: 'failed', message }));
  }

  get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async next(): Promise<EngineReply> {
    for (;;) {
      const reply = this.#said.shift();
      if (reply) return reply;
      if (this.gone) return { type: 'failed', message: 'the engine ended' };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async stop(): Promise<void> {
    if (this.gone) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

/** A model in a process of ours: one question at a time, no server. */
class EmbeddedProvider implements Provider {
  readonly address: string;
  readonly #engine: Engine;
  readonly #contextTokens: number;
  readonly #digest: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(model: string, digest: string, engine: Engine, contextTokens: number) {
    this.address = `gguf:${model}`;
    this.#digest = digest;
    this.#engine = engine;
    this.#contextTokens = contextTokens;
  }

  async check({ images }: Need): Promise<ModelFacts> {
    const remedy = 'Give fewer frames (--window) or a larger --num-ctx.';
    checkContext(this.address, images, this.#contextTokens, remedy);
    return { digest: this.#digest, slots: 1, contextTokens: this.#contextTokens };
  }

  async alive(): Promise<boolean> {
    return !this.#engine.gone;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    // The engine takes one question at a time, and the replies of one must be read to their end before the next.
    const turn = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = turn.promise;
    await before;
    const send = (message: EngineRequest) => void this.#engine.child.send(message);
    const onAbort = () => {
      if (!this.#engine.gone) send({ type: 'stop' });
    };
    let over = true;
    try {
      signal.throwIfAborted();
      if (this.#engine.gone) throw new RequestFailure('request', 'the embedded engine ended; start the run again');
      send({ type: 'ask', options: completionOptions(request), maxTokens: request.maxTokens });
      over = false;
      signal.addEventListener('abort', onAbort, { once: true });
      for (;;) {
        const reply = await this.#engine.next();
        over = reply.type === 'end' || reply.type === 'failed';
        signal.throwIfAborted();
        if (reply.type === 'failed') throw new RequestFailure('server', reply.message);
        if (reply.type === 'text') yield { text: reply.text };
        else if (reply.type === 'end') {
          const { type: _, ...end } = reply;
          yield end;
          return;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (!over) onAbort();
      while (!over) over = ['end', 'failed'].includes((await this.#engine.next()).type);
      turn.resolve();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.stop();
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
