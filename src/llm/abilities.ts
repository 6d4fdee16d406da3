import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Refusal } from './refusal.ts';

const schemaManners = ['json_schema', 'json_object', 'prompt'] as const;
const streamManners = ['usage', 'plain', 'none'] as const;
const thinkingManners = ['unasked', 'off', 'stubborn'] as const;

const MannerShape = z.object({
  schema: z.enum(schemaManners),
  stream: z.enum(streamManners),
  thinking: z.enum(thinkingManners),
});

/**
 * How a server has to be asked. `schema`: by what the answer is bound to its schema, at the last by words alone.
 * `stream`: in pieces with the tokens counted at the end, in pieces, or whole. `thinking`: nothing is said of it, it is
 * switched off, or it cannot be and takes its tokens.
 */
export type Manner = Readonly<z.infer<typeof MannerShape>>;

const KeptShape = z.object({
  manner: MannerShape,
  /** Letters that came: whether the server really sends its answer in pieces. */
  streams: z.boolean().optional(),
  /** Tokens of a picture of this longest side. */
  picture: z.object({ side: z.number(), tokens: z.number().positive() }).optional(),
  /** Questions at once, as they were found. */
  slots: z.number().int().positive().optional(),
  /** Pictures in one message, at most. */
  images: z.number().int().positive().optional(),
  /** When it was found out, milliseconds since the epoch. */
  at: z.number(),
});

/** What was found out of a server and a model on it. */
export type KnownAbilities = Readonly<z.infer<typeof KeptShape>>;

/** Where what was found out is kept between runs. Values are opaque JSON; a lost or damaged one is found out again. */
export interface AbilityStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** A server may be another one by then. */
const maxAgeMs = 7 * 24 * 3600 * 1000;

const fresh: Manner = { schema: 'json_schema', stream: 'usage', thinking: 'unasked' };

/** What a server can do for one model: found out by asking it, once, and kept. */
export class Abilities {
  readonly #store: AbilityStore | undefined;
  #key: string | undefined;
  #known: KnownAbilities;

  constructor(store?: AbilityStore, manner: Partial<Manner> = {}) {
    this.#store = store;
    this.#known = { manner: { ...fresh, ...manner }, at: Date.now() };
  }

  get known(): KnownAbilities {
    return this.#known;
  }

  get manner(): Manner {
    return this.#known.manner;
  }

  /** Takes over what an earlier run found out of the same address, model and digest, where it is not too old. */
  async remember(address: string, model: string, digest: string): Promise<void> {
    this.#key = createHash('sha256')
      .update(JSON.stringify([1, address, model, digest]))
      .digest('hex');
    const kept = KeptShape.safeParse(await this.#store?.get(this.#key).catch(() => undefined)).data;
    if (kept && Date.now() - kept.at < maxAgeMs) this.#known = kept;
  }

  /** Keeps what was found out; a disk that is full costs nothing but finding it out again. */
  note(found: Partial<Omit<KnownAbilities, 'at'>>): void {
    const before = JSON.stringify(this.#known);
    const known = { ...this.#known, ...found };
    if (JSON.stringify(known) === before) return;
    this.#known = { ...known, at: Date.now() };
    if (this.#key !== undefined) this.#store?.set(this.#key, this.#known).catch(() => {});
  }

  /**
   * Steps down to what the server takes.
   *
   * @param used the manner of the request that was refused: another request may have stepped down meanwhile
   * @returns whether asking again may help
   */
  adapt(problem: Refusal['what'] | 'ignores-schema' | 'thinks', used: Manner): boolean {
    if (used !== this.manner) return true;
    const manner = lower(problem, used);
    if (manner) this.note({ manner });
    return manner !== undefined;
  }
}

function lower(problem: Parameters<Abilities['adapt']>[0], used: Manner): Manner | undefined {
  if (problem === 'schema') {
    const schema = schemaManners[schemaManners.indexOf(used.schema) + 1];
    return schema && { ...used, schema };
  }
  if (problem === 'ignores-schema') return used.schema === 'prompt' ? undefined : { ...used, schema: 'prompt' };
  if (problem === 'stream') {
    const stream = streamManners[streamManners.indexOf(used.stream) + 1];
    return stream && { ...used, stream };
  }
  if (problem === 'thinks') {
    const thinking = thinkingManners[thinkingManners.indexOf(used.thinking) + 1];
    return thinking && { ...used, thinking };
  }
  // The word itself is not taken: then it is left out, and thinking takes what it takes.
  if (problem === 'thinking') return used.thinking === 'off' ? { ...used, thinking: 'stubborn' } : undefined;
  return undefined;
}
