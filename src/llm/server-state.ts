import { z } from 'zod';
import { accepted, bodyOf, Connections } from './http.ts';

/** A model that a server holds in memory. */
export interface LoadedModel {
  readonly name: string;
  readonly bytes: number;
  /** Share of it that lies in the graphics card's memory, 0–1. */
  readonly onGpu: number;
  /** Tokens of its context, where the server says so. */
  readonly contextTokens?: number;
  /** Seconds until it is unloaded; Infinity for never, undefined where the server does not say. */
  readonly keptSeconds?: number;
}

/** What stands at an address. */
export type ServerState =
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'ollama';
      readonly version: string;
      readonly models: readonly string[];
      readonly loaded: readonly LoadedModel[];
    }
  | { readonly kind: 'openai'; readonly models: readonly string[] };

const Version = z.object({ version: z.string() });
const Tags = z.object({ models: z.array(z.object({ name: z.string() })) });
/** https://docs.ollama.com/api/ps: `size` in all, `size_vram` of it on the card. */
const Running = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      size: z.number().nonnegative(),
      size_vram: z.number().nonnegative().default(0),
      context_length: z.number().optional(),
      expires_at: z.string().optional(),
    }),
  ),
});
const List = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Looks at a server without asking a model anything. Never throws but for the signal. */
export async function inspectServer(address: URL, signal: AbortSignal): Promise<ServerState> {
  using connections = new Connections(address);
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const reply = await connections.send(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
    await accepted(reply);
    try {
      return schema.safeParse(JSON.parse(await bodyOf(reply))).data;
    } catch {
      return undefined;
    }
  };
  try {
    const version = await get('/api/version', Version).catch((error: unknown) => {
      signal.throwIfAborted();
      // A server of another kind answers 404; one that is not there does not answer.
      if (error instanceof Error && /the server answered/.test(error.message)) return undefined;
      throw error;
    });
    if (version) {
      const tags = await get('/api/tags', Tags);
      const running = await get('/api/ps', Running);
      return {
        kind: 'ollama',
        version: version.version,
        models: (tags?.models ?? []).map(({ name }) => name),
        loaded: (running?.models ?? []).map((model) => ({
          name: model.name,
          bytes: model.size,
          onGpu: model.size === 0 ? 0 : Math.min(1, model.size_vram / model.size),
          ...(model.context_length === undefined ? {} : { contextTokens: model.context_length }),
          ...(model.expires_at === undefined ? {} : { keptSeconds: secondsUntil(model.expires_at) }),
        })),
      };
    }
    const path = address.pathname.replace(/\/$/, '').endsWith('/v1') ? '/models' : '/v1/models';
    const list = await get(path, List);
    if (list) return { kind: 'openai', models: list.data.map(({ id }) => id) };
    return { kind: 'none', why: 'something answers there, but neither as Ollama nor as an OpenAI-compatible server' };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'none', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Ollama says "never" by a date centuries away. */
function secondsUntil(date: string): number {
  const seconds = (Date.parse(date) - Date.now()) / 1000;
  return seconds > 10 * 365 * 86_400 ? Infinity : Math.max(0, seconds);
}
