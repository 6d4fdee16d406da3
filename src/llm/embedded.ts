import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Device } from '../core/device.ts';
import { FramesiftError, messageOf } from '../core/errors.ts';
import { EventQueue } from '../stream/event-queue.ts';
import { Caller, ProcessEnded } from '../stream/rpc.ts';
import type { EngineDevice, EngineMethods, Load, Refused } from './embedded-protocol.ts';
import { checkContext, contextFor, tokensOfText, type PromptSize } from './context.ts';
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
  { need, slots, device = 'auto' }: { readonly need: SizedNeed; readonly slots: number; readonly device?: Device },
): Promise<Provider> {
  const digest = createHash('sha256');
  for (const file of [model, projector]) digest.update(await checkGguf(file));
  const contextTokens = generation.numCtx ?? contextFor(basename(model), sizeOf(need), undefined);
  const load = { model, projector, contextTokens, slots, device };
  return new EmbeddedProvider(load, digest.digest('hex'), await Engine.start(load));
}

type SizedNeed = Omit<Need, 'numCtx' | 'signal'>;

const sizeOf = (need: SizedNeed): PromptSize => ({
  ...need,
  ...(need.longestText === '' ? {} : { textTokens: tokensOfText(need.longestText) }),
});

/** What the embedded engine finds on this machine; undefined where it is not installed or does not start. */
export async function inspectEngine(): Promise<readonly EngineDevice[] | undefined> {
  await using engine = startProcess(inspectMs);
  return await engine.call('inspect', undefined).catch(() => undefined);
}

/** A driver that does not answer by then is as good as none. */
const inspectMs = 20_000;

/** @param timeout the process lives so long at most, milliseconds; 0 for as long as it is used */
function startProcess(timeout: number): Caller<EngineMethods> {
  const child = fork(new URL(`./embedded-engine${extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    timeout,
  });
  // One that does not heed a stop is ended, and started anew for the next question.
  return new Caller(child, { patienceMs: stopMs });
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

function refusal(reply: Refused, { model, projector }: Load): FramesiftError {
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

/** The process in which a model is loaded. */
class Engine {
  readonly #process: Caller<EngineMethods>;

  /** Where it runs, as the engine calls it. */
  readonly device: string;

  private constructor(process: Caller<EngineMethods>, device: string) {
    this.#process = process;
    this.device = device;
  }

  /** Throws FramesiftError `dependency` or `model`. */
  static async start(load: Load): Promise<Engine> {
    const process = startProcess(0);
    const reply = await process.call('load', load).catch(() => undefined);
    if (reply?.type === 'loaded') return new Engine(process, reply.device);
    await process[Symbol.asyncDispose]();
    if (reply) throw refusal(reply, load);
    const files = `${load.model} and ${load.projector}`;
    throw new FramesiftError('model', `The engine died while loading ${files}. Are they of one model?`);
  }

  get gone(): boolean {
    return this.#process.ended;
  }

  /**
   * What comes of one question, to its end; left early or aborted, the question is stopped first.
   * Throws RequestFailure, or the signal's reason.
   */
  async *ask(options: EngineMethods['ask']['input'], signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const texts = new EventQueue<string>();
    const onEvent = (text: string): void => texts.push(text);
    const answered = this.#process
      .call('ask', options, { signal: stop.signal, onEvent })
      .catch((error: unknown) => this.#failure(error))
      .finally(() => texts.close());
    signal.addEventListener('abort', abort, { once: true });
    try {
      for await (const text of texts) {
        signal.throwIfAborted();
        yield { text };
      }
      const answer = await answered;
      signal.throwIfAborted();
      if (answer instanceof RequestFailure) throw answer;
      if (answer.type === 'hopeless') throw new RequestFailure('request', answer.message);
      const { type: _, ...end } = answer;
      yield end;
    } finally {
      signal.removeEventListener('abort', abort);
      stop.abort();
      // Its slot is free when it has said its last word.
      await answered;
    }
  }

  #failure(error: unknown): RequestFailure {
    return error instanceof ProcessEnded || this.gone
      ? new RequestFailure('connection', 'the embedded engine ended')
      : new RequestFailure('server', messageOf(error));
  }

  async stop(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
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

  get contextTokens(): number {
    return this.#load.contextTokens;
  }

  contextSetting(tokens: number): string {
    return `--num-ctx ${tokens}`;
  }

  async check(need: Need): Promise<ModelFacts> {
    const { contextTokens, slots, device: asked } = this.#load;
    const size = sizeOf(need);
    const short = checkContext(this.address, size, contextTokens, (tokens) => this.contextSetting(tokens));
    const { device } = this.#engine;
    const elsewhere =
      device === 'CPU' && asked !== 'auto' && asked !== 'cpu'
        ? `${asked} cannot be used by the embedded engine here; the CPU is used instead.`
        : undefined;
    const notices = [short, elsewhere].filter((one) => one !== undefined);
    return { digest: this.#digest, slots, contextTokens, device, notices };
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
    yield* this.#engine.ask(completionOptions(request), signal);
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
