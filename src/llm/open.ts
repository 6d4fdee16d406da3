import { readFile } from 'node:fs/promises';
import type { Device } from '../core/device.ts';
import { defined } from '../core/defined.ts';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import type { AbilityStore } from './abilities.ts';
import type { AiSdkModel } from './ai-sdk.ts';
import type { Budget } from './budget.ts';
import { ModelClient, type ClientOptions } from './client.ts';
import { shareEndpoint, type Notice, type Served } from './endpoint.ts';
import type { AnswerCache, Generation, ModelFacts, VisionLanguageModel } from './model.ts';
import { OllamaProvider } from './ollama.ts';
import { OpenAiProvider } from './openai.ts';
import type { Need, Provider } from './provider.ts';
import { modelId, parseModelSpec, type ModelSpec } from './spec.ts';

export interface OpenModelOptions {
  /** The most pictures that one question will show; checked against the model's context. Default 1. */
  readonly images?: number;
  /** Longest side of the pictures, pixels: what they take of the context is counted by it. Default: the model's own. */
  readonly imageSide?: number;
  /** The longest text of a question with its system text: what it takes of the context is counted by it. */
  readonly longestText?: string;
  /** The most tokens of an answer, as the questions say. Default 512. */
  readonly answerTokens?: number;
  /** Questions at once, fixed. Default: found while the run goes. */
  readonly concurrency?: number;
  readonly generation?: Generation;
  /** Where answers are kept between runs. Default: nowhere. */
  readonly cache?: AnswerCache;
  /** Where is kept between runs what was found out of servers. Default: nowhere. */
  readonly abilities?: AbilityStore;
  /** What may be spent on it. Default: anything. */
  readonly budget?: Budget;
  /** Seconds for each check of a server before anything is asked. Default 30. */
  readonly checkSeconds?: number;
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
  /** Seconds that a server may ask to be left alone for (`Retry-After`); more is not waited. Default 60. */
  readonly retryAfterSeconds?: number;
  /** Told when a server goes away and comes back. */
  readonly onNotice?: (notice: Notice) => void;
  /** Told in one line what people should know of the model or its server, such as a context that is too short. */
  readonly onWarning?: (message: string) => void;
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
  return openProviders(modelId(parsed), spec, () => providersOf(parsed, options), options);
}

/**
 * Opens a model of the AI SDK that a program has made: `openAiSdkModel(google('gemini-2.5-flash'))`. Needs the package `ai`.
 *
 * @throws FramesiftError `dependency` where that is not installed
 */
export function openAiSdkModel(model: AiSdkModel, options: OpenModelOptions = {}): Promise<VisionLanguageModel> {
  const id = `ai:${model.provider}/${model.modelId}`;
  return openProviders(id, id, async () => [await aiSdkProvider(model, options)], options);
}

/** Loaded only when asked for: its package is large and optional. */
async function aiSdkProvider(model: AiSdkModel, { abilities }: OpenModelOptions): Promise<Provider> {
  const { AiSdkProvider } = await import('./ai-sdk.ts');
  return AiSdkProvider.open(model, abilities);
}

async function openProviders(
  id: string,
  spec: string,
  open: () => Promise<Provider[]>,
  options: OpenModelOptions,
): Promise<VisionLanguageModel> {
  const signal = options.signal ?? new AbortController().signal;
  const closing = new AsyncDisposableStack();
  try {
    const served: Served[] = [];
    let facts: ModelFacts | undefined;
    for (const provider of await open()) {
      closing.use(provider);
      const told = await checked(provider, options, signal);
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
          ...defined({ start: provider.abilities?.known.slots }),
        }),
      );
      const { abilities } = provider;
      const { slots } = shared.endpoint;
      if (abilities) closing.use(slots.onLimit(() => slots.finder.settled && abilities.note({ slots: slots.limit })));
      if (options.onNotice) closing.use(shared.endpoint.listen(options.onNotice));
      served.push({ endpoint: shared.endpoint, provider });
    }
    return new ModelClient(id, facts as ModelFacts, served, clientOptions(options), () => closing.disposeAsync());
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

function needOf({ images = 1, imageSide, longestText = '', answerTokens, generation = {} }: OpenModelOptions) {
  const { numCtx, numPredict } = generation;
  return { images, longestText, numCtx, imageSide, answerTokens: numPredict ?? answerTokens } satisfies Partial<Need>;
}

/** What a server tells of a model, in bounded time. */
async function checked(provider: Provider, options: OpenModelOptions, signal: AbortSignal): Promise<ModelFacts> {
  const { checkSeconds = 30 } = options;
  const late = AbortSignal.timeout(checkSeconds * 1000);
  try {
    return await provider.check({ ...needOf(options), signal: AbortSignal.any([signal, late]) });
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw new FramesiftError(
      'model',
      `${provider.address} took the connection and did not answer within ${checkSeconds} s. Is it starting, or another program? Try again, or start it anew.`,
    );
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
    budget: options.budget,
    retryAfterSeconds: options.retryAfterSeconds ?? 60,
    imageSide: options.imageSide,
    onWarning: options.onWarning,
  };
}

async function providersOf(spec: ModelSpec, options: OpenModelOptions): Promise<Provider[]> {
  if (spec.provider === 'gguf') {
    // Loaded only when asked for: the engine's native part is large and optional.
    const { openEmbedded } = await import('./embedded.ts');
    const size = {
      need: needOf(options),
      slots: options.concurrency ?? 1,
      ...(options.device === undefined ? {} : { device: options.device }),
    };
    return [await openEmbedded(spec.model, spec.projector, options.generation ?? {}, size)];
  }
  if (spec.provider === 'ai') {
    const { findAiSdkModel } = await import('./ai-sdk.ts');
    return [await aiSdkProvider(await findAiSdkModel(spec.of, spec.model), options)];
  }
  const { model } = spec;
  const { abilities } = options;
  if (spec.provider === 'ollama') return spec.addresses.map((address) => new OllamaProvider(model, address, abilities));
  const key = options.apiKey ?? (await keyOfEnvironment());
  return spec.addresses.map((address) => new OpenAiProvider(model, address, key, abilities));
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
