import { createHash } from 'node:crypto';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Schema {
  readonly type?: string;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
}

/** An answer that fits the schema and depends on nothing but the seed: the same question gets the same answer. */
export function inventAnswer(schema: unknown, seed: string): Json {
  let count = 0;
  const pick = (below: number) => {
    const hash = createHash('sha256')
      .update(`${seed}:${(count += 1)}`)
      .digest();
    return hash.readUInt32BE(0) % below;
  };
  const invent = (part: Schema, name: string): Json => {
    if (part.const !== undefined) return part.const;
    if (part.enum) return part.enum[pick(part.enum.length)] ?? null;
    if (part.anyOf) return invent(part.anyOf[0] ?? {}, name);
    if (part.type === 'object') {
      return Object.fromEntries(Object.entries(part.properties ?? {}).map(([key, value]) => [key, invent(value, key)]));
    }
    if (part.type === 'array')
      return Array.from({ length: Math.max(1, part.minItems ?? 1) }, () => invent(part.items ?? {}, name));
    if (part.type === 'boolean') return pick(2) === 1;
    if (part.type === 'integer' || part.type === 'number') {
      const from = part.minimum ?? 0;
      return from + pick((part.maximum ?? from + 100) - from + 1);
    }
    return `A ${name} seen in picture ${1 + pick(4)}.`;
  };
  return invent(schema ?? {}, 'thing');
}
