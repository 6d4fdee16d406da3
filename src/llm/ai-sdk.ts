import { FramesiftError, messageOf } from '../core/errors.ts';
import { Abilities, type AbilityStore } from './abilities.ts';
import { RequestFailure } from './failure.ts';
import type { ModelFacts } from './model.ts';
import type { ModelRequest, Piece, Provider } from './provider.ts';
import { refusalIn } from './refusal.ts';
import { withSchema } from './schema.ts';

/** A language model of the AI SDK (https://ai-sdk.dev), of any provider: what `google('gemini-2.5-flash')` gives. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
}

/** The part of the package `ai`, version 7, that is used. */
interface AiSdk {
  streamText(options: Readonly<Record<string, unknown>>): { readonly fullStream: AsyncIterable<StreamPart> };
  readonly Output: { object(options: { readonly schema: unknown }): unknown; json?(): unknown };
  jsonSchema(schema: unknown): unknown;
}
type StreamPart =
  | { readonly type: 'text-delta' | 'reasoning-delta'; readonly text: string }
  | { readonly type: 'finish'; readonly finishReason: string; readonly totalUsage?: Usage }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'abort' | 'other' };
interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly inputTokenDetails?: { readonly cacheReadTokens?: number };
}

const install = (packages: string): string => `Install it with: npm install --no-save ${packages}`;

async function openPackage<T>(name: string, packages: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    throw new FramesiftError('dependency', `Models of the AI SDK need ${name}. ${install(packages)}`, { cause: error });
  }
}

/**
 * The model that `ai:google/gemini-2.5-flash` names: `@ai-sdk/google` makes it. Keys are read by that package from the
 * environment, such as `GOOGLE_GENERATIVE_AI_API_KEY`.
 *
 * @throws FramesiftError `dependency` where a package is not installed, `model` where it makes no such model
 */
export async function findAiSdkModel(provider: string, model: string): Promise<AiSdkModel> {
  const name = `@ai-sdk/${provider}`;
  const module = await openPackage<Record<string, unknown>>(name, `ai@7 ${name}`);
  // The package's own instance is named after it; `amazon-bedrock` has `bedrock`.
  const names = [
    provider.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    provider.split('-').at(-1)!,
  ];
  const make = names.map((one) => module[one]).find((one) => typeof one === 'function');
  const made: unknown = make && (make as (id: string) => unknown)(model);
  if (isAiSdkModel(made)) return made;
  throw new FramesiftError(
    'model',
    `${name} makes no language model of ${model}. Check the name in its documentation.`,
  );
}

export const isAiSdkModel = (value: unknown): value is AiSdkModel =>
  typeof value === 'object' && value !== null && 'specificationVersion' in value && 'doStream' in value;

/** Any model of the AI SDK as a provider of ours: retries, slots and time limits stay our own. */
export class AiSdkProvider implements Provider {
  readonly address: string;
  readonly abilities: Abilities;
  readonly #model: AiSdkModel;
  readonly #sdk: AiSdk;

  private constructor(model: AiSdkModel, sdk: AiSdk, store: AbilityStore | undefined) {
    this.#model = model;
    this.#sdk = sdk;
    this.address = `ai:${model.provider}`;
    this.abilities = new Abilities(store);
  }

  /** @throws FramesiftError `dependency` where the package `ai` is not installed */
  static async open(model: AiSdkModel, store?: AbilityStore): Promise<AiSdkProvider> {
    return new AiSdkProvider(model, await openPackage<AiSdk>('ai', 'ai@7'), store);
  }

  contextSetting(tokens: number): string {
    return `a model with a context of ${tokens} tokens`;
  }

  /** A hosted model is not asked before it is asked: that would cost. */
  async check(): Promise<ModelFacts> {
    await this.abilities.remember(this.address, this.#model.modelId, '');
    return { digest: '' };
  }

  async alive(): Promise<boolean> {
    return true;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    signal.throwIfAborted();
    const { fullStream } = this.#sdk.streamText(this.#options(request, signal));
    try {
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield { text: part.text };
        else if (part.type === 'reasoning-delta') yield { thought: part.text };
        else if (part.type === 'error') throw failureOf(part.error);
        else if (part.type === 'finish') {
          yield endOf(part);
          return;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof RequestFailure ? error : failureOf(error);
    }
    signal.throwIfAborted();
    throw new RequestFailure('connection', 'the answer was cut off');
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #options(request: ModelRequest, signal: AbortSignal): Record<string, unknown> {
    const { system, images, schema, maxTokens, generation, manner = this.abilities.manner } = request;
    const prompt = manner.schema === 'json_schema' ? request.prompt : withSchema(request.prompt, schema);
    const pictures = images.map(({ jpeg }) => ({ type: 'file', mediaType: 'image/jpeg', data: jpeg }));
    const output =
      manner.schema === 'json_schema'
        ? this.#sdk.Output.object({ schema: this.#sdk.jsonSchema(schema) })
        : manner.schema === 'json_object'
          ? this.#sdk.Output.json?.()
          : undefined;
    return {
      model: this.#model,
      ...(system === undefined ? {} : { system }),
      messages: [{ role: 'user', content: [...pictures, { type: 'text', text: prompt }] }],
      ...(output === undefined ? {} : { output }),
      maxOutputTokens: maxTokens,
      temperature: generation.temperature ?? 0,
      ...(generation.topK === undefined ? {} : { topK: generation.topK }),
      ...(generation.topP === undefined ? {} : { topP: generation.topP }),
      ...(generation.seed === undefined ? {} : { seed: generation.seed }),
      // Ours are tried again as every other's, and nothing is printed.
      maxRetries: 0,
      onError: () => {},
      abortSignal: signal,
    };
  }
}

function endOf({ finishReason, totalUsage = {} }: Extract<StreamPart, { type: 'finish' }>): Piece {
  const { inputTokens, outputTokens, inputTokenDetails } = totalUsage;
  const reused = inputTokenDetails?.cacheReadTokens;
  return {
    end: finishReason === 'length' ? 'length' : 'stop',
    ...(inputTokens === undefined ? {} : { tokensIn: inputTokens }),
    ...(reused === undefined ? {} : { tokensReused: reused }),
    ...(outputTokens === undefined ? {} : { tokensOut: outputTokens }),
  };
}

/** What the SDK's errors carry: `APICallError` among them. */
interface SdkError {
  readonly statusCode?: number;
  readonly responseBody?: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

function failureOf(error: unknown): RequestFailure {
  const { statusCode, responseBody = '', responseHeaders } = (error ?? {}) as SdkError;
  const said = messageOf(error).slice(0, 200);
  const cause = { cause: error };
  if (statusCode === undefined) {
    // A key that is missing, a prompt that it does not take: asking again would not help.
    const own = error instanceof Error && error.name.startsWith('AI_');
    return new RequestFailure(own ? 'request' : 'connection', said, cause);
  }
  const message = `the provider answered ${statusCode}: ${said}`;
  if (statusCode === 429 || statusCode === 503) {
    const seconds = Number(responseHeaders?.['retry-after'] ?? NaN);
    return new RequestFailure('busy', message, { ...cause, ...(seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}) });
  }
  const refusal = refusalIn(statusCode, said, responseBody || said);
  return new RequestFailure(statusCode >= 500 ? 'server' : 'request', message, {
    ...cause,
    ...(refusal ? { refusal } : {}),
  });
}
