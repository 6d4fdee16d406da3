/** No answer of ours is nested deeper; what is comes of a model that repeats itself, or of somebody who means harm. */
const maxDepth = 32;

/** The JSON object in a model's text: after its thoughts, in a fence or in prose. */
export function parseLoosely(text: string): { readonly value: unknown } | { readonly problem: string } {
  const from = text.indexOf('{', text.lastIndexOf('</think>') + 1);
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return { problem: 'it holds no JSON object' };
  const whole = text.slice(from, to + 1);
  const { depth, firstEnd } = shapeOf(whole);
  if (depth > maxDepth) return { problem: 'its JSON is nested too deeply' };
  // Prose with braces may follow the object.
  for (const json of [whole, ...(firstEnd > 0 ? [whole.slice(0, firstEnd)] : [])]) {
    for (const candidate of [json, json.replaceAll(/,(\s*[}\]])/g, '$1')]) {
      try {
        return { value: JSON.parse(candidate) };
      } catch {
        // The next one may be.
      }
    }
  }
  return { problem: 'its JSON is broken' };
}

/** How deep brackets are nested outside strings, and where the first object ends. */
function shapeOf(json: string): { depth: number; firstEnd: number } {
  let [now, depth, firstEnd] = [0, 0, 0];
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const letter = json[index];
    if (inString) {
      if (letter === '\\') index += 1;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === '{' || letter === '[') depth = Math.max(depth, (now += 1));
    else if (letter === '}' || letter === ']') {
      now -= 1;
      if (now === 0 && firstEnd === 0) firstEnd = index + 1;
    }
  }
  return { depth, firstEnd };
}

interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The same value as the schema would have it written: `"85"`, `0.85` and `"85 %"` for a whole per cent, `Sleepy` for `SLEEPY`. */
export function fitted(value: unknown, schema: unknown): unknown {
  const shape = schema as Shape;
  if (shape.enum) return inEnum(value, shape.enum);
  if (shape.type === 'object') return asObject(value, shape);
  if (shape.type === 'array') {
    const items = shape.items ?? {};
    return Array.isArray(value) ? value.map((one: unknown) => fitted(one, items)) : [fitted(value, items)];
  }
  if (shape.type === 'integer' || shape.type === 'number') return asNumber(value, shape);
  if (shape.type === 'boolean' && typeof value === 'string') {
    if (/^(true|yes)$/i.test(value)) return true;
    if (/^(false|no)$/i.test(value)) return false;
  }
  if (shape.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  return value;
}

function asObject(value: unknown, { properties = {} }: Shape): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(properties);
  const given = value as Record<string, unknown>;
  const [only, ...others] = Object.values(given);
  // Some put the answer into an object of its own: { "answer": { … } }.
  if (others.length === 0 && isObject(only) && !names.some((name) => name in given)) {
    return asObject(only, { properties });
  }
  const byPlainName = new Map(Object.entries(given).map(([name, one]) => [plain(name), one]));
  return Object.fromEntries(
    names.flatMap((name) => {
      const own = name in given ? given[name] : byPlainName.get(plain(name));
      return own === undefined ? [] : [[name, fitted(own, properties[name])]];
    }),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inEnum(value: unknown, allowed: readonly unknown[]): unknown {
  if (typeof value !== 'string' || allowed.includes(value)) return value;
  return allowed.find((one) => typeof one === 'string' && plain(one) === plain(value)) ?? value;
}

function asNumber(value: unknown, { type, minimum, maximum }: Shape): unknown {
  const number = typeof value === 'string' ? Number(value.replace(/\s*%$/, '')) : value;
  if (typeof number !== 'number' || (typeof value === 'string' && value.trim() === '')) return value;
  if (type !== 'integer' || Number.isInteger(number)) return number;
  // A share where a per cent is asked for.
  if (minimum === 0 && maximum === 100 && number > 0 && number < 1) return Math.round(number * 100);
  return Math.round(number);
}

/** Letters and digits alone, small. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
