import type { ContextWriter } from '../engine/slides/ports.ts';
import { openModel } from '../llm/open.ts';
import { contextPrompt, contextSchema, contextSystem } from '../workflows/slides/context.ts';

/**
 * Opens the model that writes what a slide is about. The caller disposes it.
 *
 * @throws FramesiftError `usage` for a name that is none, `model` when the model cannot be asked
 */
export async function openContextWriter(
  spec: string,
  signal: AbortSignal,
): Promise<ContextWriter & AsyncDisposable & { readonly id: string }> {
  const model = await openModel(spec, { images: 1, signal, awaySeconds: 60 });
  return {
    id: model.id,
    async write({ image, text }, options) {
      const question = {
        images: [image],
        system: contextSystem,
        prompt: contextPrompt(text),
        schema: contextSchema,
        maxTokens: 900,
      };
      const { value, use } = await model.answer(question, options);
      return {
        context: { ...value, model: model.id },
        tokensIn: use.tokensIn ?? 0,
        tokensOut: use.tokensOut ?? 0,
      };
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
