import { z } from 'zod';
import { fitted, parseLoosely } from './repair.ts';

const made = new WeakMap<z.ZodType, Readonly<Record<string, unknown>>>();

/** The JSON schema that servers get for a zod schema, made once. */
export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  let json = made.get(schema);
  if (!json) {
    const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
    made.set(schema, (json = rest));
  }
  return json;
}

/** The schema in words, for servers that bind no answer to one. At the end, so that the pictures' prefix stays. */
export const withSchema = (prompt: string, schema: Readonly<Record<string, unknown>>): string =>
  `${prompt}\nAnswer with one JSON object and nothing else. It must fit this JSON schema: ${JSON.stringify(schema)}`;

/**
 * The value in a model's text. Grammars do not keep every bound and some servers have none, so the text is always
 * checked; a code fence, a thought before the JSON, a comma too many, a number in quotes and an enum's word in other
 * letters are forgiven. Nothing that is missing is made up.
 */
export function readAnswer<T>(text: string, schema: z.ZodType<T>): { value: T } | { problem: string } {
  const found = parseLoosely(text);
  if ('problem' in found) return found;
  const result = schema.safeParse(found.value);
  if (result.success) return { value: result.data };
  const again = schema.safeParse(fitted(found.value, jsonSchemaOf(schema)));
  if (again.success) return { value: again.data };
  const issue = result.error.issues[0];
  return { problem: `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'does not fit'}` };
}
