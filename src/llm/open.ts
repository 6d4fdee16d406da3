import { readFile } from 'node:fs/promises';
import type { Device } from '../core/device.ts';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { ModelClient, type ClientOptions } from './client.ts';
import { shareEndpoint, type Notice, type Served } from './endpoint.ts';
import type { AnswerCache, Generation, ModelFacts, VisionLanguageModel } from './model.ts';
import { OllamaProvider } from './ollama.ts';
import { OpenAiProvider } from './openai.ts';
import type { Provider } from './provider.ts';
import { modelId, parseModelSpec, type ModelSpec } from './spec.ts';

export interface OpenModelOptions {
  /** The most pictures that one question will show; checked against the model's context. Default 1. */
  readonly images?: number;
  /** Questions at once, fixed. Default: found while the run goes. */
  readonly concurrency?: number;
  readonly generation?: Generation;
  /** Where answers are kept between runs. Default: nowhere. */
  readonly cache?: AnswerCache;
  /** Seconds until the first text, loading the model included. Default 300. */
  readonly firstTokenSeconds?: number;
  /** Seconds until the whole answer. Default 600. */
  readonly answerSeconds?: number;
  /** Seconds that a server may be away before the questions that wait for it fail. Default 300. */
  readonly awaySeconds?: number;
  /** Requests for one answer, at most, where the server fails (connection, 429, 5xx, too slow). Default 4. */
  readonly attempts?: number;
  /** Milliseconds before the second request, doubled for each further one and jittered. Default 500. */
  readonly backoffMs?: number;
  /** Told when a server goes away and comes back. */
  readonly onNotice?: (notice: Notice) => void;
  /** Key for OpenAI-compatible servers that want one. Default: OPENAI_API_KEY, or the file that OPENAI_API_KEY_FILE names. */
  readonly apiKey?: string;
  /** Where an embedded model runs. Default `auto`: on a graphics card where the engine finds one. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
}

/**
 * Opens the model that `spec` names (see `parseModelSpec`) and checks that it can be asked: the server answers, has
 * the model, the model sees pictures and has room for them. The caller disposes it.
 * Throws FramesiftError `usage`, `model` or `dependency`, one line that says what to do.
 */
export async function openModel(spec: string, options: OpenModelOptions = {}): Promise<VisionLanguageModel> {
  const parsed = parseModelSpec(spec);
  const signal = options.signal ?? new AbortController().signal;
  const closing = new AsyncDisposableStack();
  try {
    const served: Served[] = [];
    let facts: ModelFacts | undefined;
    for (const provider of await providersOf(parsed, options)) {
      closing.use(provider);
      const told = await provider.check({ images: options.images ?? 1, numCtx: options.generation?.numCtx, signal });
      if (facts && facts.digest !== told.digest) {
        throw new FramesiftError(
          'model',
          `${spec}: ${provider.address} holds another version of the model than ${served[0]?.endpoint.address}. Pull the same one on both.`,
        );
      }
      facts ??= told;
      const shared = closing.use(
        shareEndpoint(provider.address, {
          ...(options.concurrency === undefined ? {} : { fixed: options.concurrency }),
          ...(told.slots === undefined ? {} : { told: told.slots }),
        }),
      );
      if (options.onNotice) closing.use(shared.endpoint.listen(options.onNotice));
      served.push({ endpoint: shared.endpoint, provider });
    }
    return new ModelClient(modelId(parsed), facts as ModelFacts, served, clientOptions(options), () =>
      closing.disposeAsync(),
    );
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

function clientOptions(options: OpenModelOptions): ClientOptions {
  return {
    generation: options.generation ?? {},
    cache: options.cache,
    firstTokenSeconds: options.firstTokenSeconds ?? 300,
    answerSeconds: options.answerSeconds ?? 600,
    awaySeconds: options.awaySeconds ?? 300,
    attempts: options.attempts ?? 4,
    backoffMs: options.backoffMs ?? 500,
  };
}

async function providersOf(spec: ModelSpec, options: OpenModelOptions): Promise<Provider[]> {
  if (spec.provider === 'gguf') {
    // Loaded only when asked for: the engine's native part is large and optional.
    const { openEmbedded } = await import('./embedded.ts');
    const size = {
      images: options.images ?? 1,
      slots: options.concurrency ?? 1,
      ...(options.device === undefined ? {} : { device: options.device }),
    };
    return [await openEmbedded(spec.model, spec.projector, options.generation ?? {}, size)];
  }
  const { model } = spec;
  if (spec.provider === 'ollama') return spec.addresses.map((address) => new OllamaProvider(model, address));
  const key = options.apiKey ?? (await keyOfEnvironment());
  return spec.addresses.map((address) => new OpenAiProvider(model, address, key));
}

/** @throws FramesiftError `input` where the file that is named cannot be read */
async function keyOfEnvironment(): Promise<string | undefined> {
  const { OPENAI_API_KEY: key, OPENAI_API_KEY_FILE: file } = process.env;
  if (key || !file) return key;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const why = systemCodeOf(error) ?? 'unknown reason';
    throw new FramesiftError('input', `${file}: cannot be read (${why}). OPENAI_API_KEY_FILE names the file of a key.`);
  }
}
