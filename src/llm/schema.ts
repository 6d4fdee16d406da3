import { z } from 'zod';

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

/**
 * The value in a model's text. Grammars do not keep every bound and some servers have none, so the text is always
 * checked; a code fence or a thought before the JSON is forgiven.
 */
export function readAnswer<T>(text: string, schema: z.ZodType<T>): { value: T } | { problem: string } {
  const from = text.indexOf('{', text.lastIndexOf('</think>') + 1);
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return { problem: 'it holds no JSON object' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(from, to + 1));
  } catch {
    return { problem: 'its JSON is broken' };
  }
  const result = schema.safeParse(parsed);
  if (result.success) return { value: result.data };
  const issue = result.error.issues[0];
  return { problem: `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'does not fit'}` };
}
