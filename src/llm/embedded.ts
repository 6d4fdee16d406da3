import { createHash } from 'node:crypto';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Device } from '../core/device.ts';
import { FramesiftError } from '../core/errors.ts';
import type { AskReply, EngineDevice, EngineRequest, InspectReply, LoadReply } from './embedded-protocol.ts';
import { checkContext, contextFor } from './context.ts';
import { RequestFailure } from './failure.ts';
import type { Generation, ModelFacts } from './model.ts';
import type { ModelRequest, Need, Piece, Provider } from './provider.ts';

/**
 * Loads a text model and its image projector (GGUF files) into a process of its own, with room for `slots` questions at
 * once; each slot takes memory for a context of its own.
 * Throws FramesiftError `dependency` (the engine is not installed) or `model` (a file is missing or cannot be used).
 */
export async function openEmbedded(
  model: string,
  projector: string,
  generation: Generation,
  size: { readonly images: number; readonly slots: number; readonly device?: Device },
): Promise<Provider> {
  const { images, slots, device = 'auto' } = size;
  const digest = createHash('sha256');
  for (const file of [model, projector]) digest.update(await checkGguf(file));
  const contextTokens = generation.numCtx ?? contextFor(basename(model), images, undefined);
  const load = { type: 'load', model, projector, contextTokens, slots, device } as const;
  return new EmbeddedProvider(load, digest.digest('hex'), await Engine.start(load));
}

/** What the embedded engine finds on this machine; undefined where it is not installed or does not start. */
export async function inspectEngine(): Promise<readonly EngineDevice[] | undefined> {
  const child = fork(new URL(`./embedded-engine${extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    timeout: inspectMs,
  });
  const { promise, resolve } = Promise.withResolvers<InspectReply | undefined>();
  child.once('message', (reply: InspectReply) => resolve(reply));
  child.once('exit', () => resolve(undefined));
  child.once('error', () => resolve(undefined));
  child.send({ type: 'inspect' } satisfies EngineRequest);
  const reply = await promise;
  child.kill('SIGKILL');
  return reply?.type === 'inspected' ? reply.devices : undefined;
}

/** A driver that does not answer by then is as good as none. */
const inspectMs = 20_000;

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

function refusal(reply: LoadReply & { type: 'refused' }, { model, projector }: Load): FramesiftError {
  if (reply.part === 'engine') {
    return new FramesiftError(
      'dependency',
      'Embedded models need @fugood/llama.node. Install it with: npm install --no-save @fugood/llama.node@1.7.15',
    );
  }
  const what =
    reply.part === 'model'
      ? `${model}: not a model that can be loaded`
      : `${projector}: not an image projector for this model`;
  return new FramesiftError('model', `${what} (${reply.message}).`);
}

/** Longer than the engine works on one batch of a prompt. */
const stopMs = 20_000;

type Load = EngineRequest & { readonly type: 'load' };

/** The child, and who listens for the answers of which question. */
class Engine {
  readonly #child: ChildProcess;
  readonly #listeners = new Map<number, (reply: AskReply) => void>();
  #asked = 0;

  /** Where it runs, as the engine calls it. */
  readonly device: string;

  private constructor(child: ChildProcess, device: string) {
    this.#child = child;
    this.device = device;
    child.on('message', (reply: AskReply) => this.#listeners.get(reply.id)?.(reply));
    // What is said to a child that has just ended is lost, and its end is told.
    child.on('error', () => {});
    child.once('exit', () => {
      for (const [id, listener] of this.#listeners)
        listener({ type: 'failed', id, message: 'the engine ended', hopeless: false });
    });
  }

  /** Throws FramesiftError `dependency` or `model`. */
  static async start(load: Load): Promise<Engine> {
    const child = fork(new URL(`./embedded-engine${extname(import.meta.url)}`, import.meta.url), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    const { promise, resolve } = Promise.withResolvers<LoadReply | undefined>();
    child.once('message', (reply: LoadReply) => resolve(reply));
    child.once('exit', () => resolve(undefined));
    child.once('error', () => resolve(undefined));
    child.send(load);
    const reply = await promise;
    if (reply?.type === 'loaded') return new Engine(child, reply.device);
    await new Engine(child, '').stop();
    if (reply) throw refusal(reply, load);
    const files = `${load.model} and ${load.projector}`;
    throw new FramesiftError('model', `The engine died while loading ${files}. Are they of one model?`);
  }

  get gone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What comes of one question, to its end; left early or aborted, the question is stopped first. */
  async *ask(
    options: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): AsyncGenerator<AskReply, void, undefined> {
    const id = (this.#asked += 1);
    const said: AskReply[] = [];
    let wake = () => {};
    this.#listeners.set(id, (reply) => {
      said.push(reply);
      wake();
    });
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      if (this.gone || killer) return;
      this.#child.send({ type: 'stop', id } satisfies EngineRequest);
      // One that does not listen any more is ended, and started anew for the next question.
      killer = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    let over = this.gone;
    try {
      if (over) throw new RequestFailure('connection', 'the embedded engine ended');
      this.#child.send({ type: 'ask', id, options } satisfies EngineRequest);
      while (!over) {
        const reply = said.shift();
        if (!reply) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        over = reply.type !== 'text';
        signal.throwIfAborted();
        yield reply;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      if (!over) stop();
      // Its slot is free when it has said its last word.
      while (!over) {
        const reply = said.shift();
        if (reply) over = reply.type !== 'text';
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      clearTimeout(killer);
      this.#listeners.delete(id);
    }
  }

  async stop(): Promise<void> {
    if (this.gone) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

/** A model in a process of ours: no server. */
class EmbeddedProvider implements Provider {
  readonly address: string;
  readonly #load: Load;
  readonly #digest: string;
  #engine: Engine;
  #restart: Promise<Engine> | undefined;

  constructor(load: Load, digest: string, engine: Engine) {
    this.address = `gguf:${load.model}`;
    this.#load = load;
    this.#digest = digest;
    this.#engine = engine;
  }

  async check({ images }: Need): Promise<ModelFacts> {
    const { contextTokens, slots } = this.#load;
    checkContext(this.address, images, contextTokens, 'Give fewer frames (--window) or a larger --num-ctx.');
    const { device: asked } = this.#load;
    const { device } = this.#engine;
    const notice =
      device === 'CPU' && asked !== 'auto' && asked !== 'cpu'
        ? { notice: `${asked} cannot be used by the embedded engine here; the CPU is used instead.` }
        : {};
    return { digest: this.#digest, slots, contextTokens, device, ...notice };
  }

  /** A picture that the engine cannot read may end it: it is then started anew. */
  async alive(): Promise<boolean> {
    if (!this.#engine.gone) return true;
    try {
      this.#restart ??= Engine.start(this.#load).finally(() => (this.#restart = undefined));
      this.#engine = await this.#restart;
      return true;
    } catch {
      return false;
    }
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    signal.throwIfAborted();
    for await (const reply of this.#engine.ask(completionOptions(request), signal)) {
      if (reply.type === 'text') yield { text: reply.text };
      else if (reply.type === 'end') {
        const { type: _, id: __, ...end } = reply;
        yield end;
      } else if (this.#engine.gone) throw new RequestFailure('connection', reply.message);
      else throw new RequestFailure(reply.hopeless ? 'request' : 'server', reply.message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#restart?.catch(() => {});
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
