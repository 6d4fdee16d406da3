import { fileURLToPath } from 'node:url';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { openModel } from '../../src/llm/open.ts';
import { hasEmbeddedEngine, hasFfmpeg } from '../fixtures/pictures.ts';
import { testVisionLanguageModel, type OpenForTest } from './vision-language-model.ts';

const noPictures = hasFfmpeg ? false : 'ffmpeg is not here';

const behind =
  (door: 'ollamaSpec' | 'openAiSpec'): OpenForTest =>
  async (options) => {
    await using opening = new AsyncDisposableStack();
    const server = opening.use(await SimulatedServer.start({ slots: 2, speed: 15 }));
    const model = opening.use(await openModel(server[door], { backoffMs: 1, ...options }));
    const open = opening.move();
    return { model, [Symbol.asyncDispose]: () => open.disposeAsync() };
  };

testVisionLanguageModel('Ollama', behind('ollamaSpec'), { skip: noPictures });
testVisionLanguageModel('OpenAI-compatible', behind('openAiSpec'), { skip: noPictures });

const file = (name: string) => fileURLToPath(new URL(`../fixtures/tiny-vlm/${name}`, import.meta.url));
const embedded =
  (slots: number): OpenForTest =>
  async (options) => {
    const spec = `gguf:${file('tiny-text.gguf')}+${file('tiny-mmproj.gguf')}`;
    const model = await openModel(spec, { concurrency: slots, backoffMs: 1, ...options });
    return { model, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() };
  };
const noEngine = hasEmbeddedEngine ? noPictures : '@fugood/llama.node is not installed';
testVisionLanguageModel('embedded, one slot', embedded(1), { skip: noEngine });
testVisionLanguageModel('embedded, three slots', embedded(3), { skip: noEngine, losesPrefix: true });
