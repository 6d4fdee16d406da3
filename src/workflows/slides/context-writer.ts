import type { ContextWriter } from './finding/ports.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import type { Adapters, LanguageModelOptions } from '../adapters.ts';
import { contextPrompt, contextSchema, contextSystem } from './context.ts';

export type OpenContextWriter = ContextWriter & AsyncDisposable & Pick<VisionLanguageModel, 'id' | 'facts'>;

/**
 * Opens the model that writes what a slide is about. The caller disposes it.
 *
 * @throws FramesiftError `usage` for a name that is none, `model` when the model cannot be asked
 */
export async function openContextWriter(
  adapters: Adapters,
  spec: string,
  options: LanguageModelOptions,
): Promise<OpenContextWriter> {
  const model = await adapters.languageModel(spec, { images: 1, awaySeconds: 60, ...options });
  return {
    id: model.id,
    facts: model.facts,
    async write({ image, text }, about) {
      const question = {
        images: [image],
        system: contextSystem,
        prompt: contextPrompt(text),
        schema: contextSchema,
        maxTokens: 900,
      };
      const { value } = await model.answer(question, about);
      return { ...value, model: model.id };
    },
    get spent() {
      return model.spent;
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
