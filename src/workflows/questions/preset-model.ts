import { inspectServer } from '../../llm/server-state.ts';
import { ollamaAddress } from '../../llm/server-address.ts';
import { presets, type Preset } from './options.ts';

/**
 * Weights of one model that a preset takes where the plain name is not on the server, the first first. Sizes and what they
 * lose, as llama.cpp states them for Llama-3-8B (`tools/quantize/quantize.cpp`; the perplexity of F16 is 6.23): q2_K 2.96 GB,
 * +3.52; q3_K_M 3.74 GB, +0.66; q4_0 4.34 GB, +0.47; q4_K_M 4.58 GB, +0.18; q5_K_M 5.33 GB, +0.06; q6_K 6.14 GB, +0.02; q8_0
 * 7.96 GB, +0.003. Below q4 answers suffer, so that even `fast` takes q2_K last.
 */
const wanted: Readonly<Record<Preset, readonly string[]>> = {
  fast: ['q4_K_M', 'q4_0', 'q3_K_M', 'q5_K_M', 'q6_K', 'q8_0', 'q2_K'],
  balanced: ['q4_K_M', 'q5_K_M', 'q4_0', 'q6_K', 'q8_0', 'q3_K_M', 'q2_K'],
  quality: ['q8_0', 'q6_K', 'q5_K_M', 'q4_K_M', 'q4_0', 'q3_K_M', 'q2_K'],
};

/** Of the models on a server the preset's own, or the one of its family whose weights suit it best; undefined where none is. */
export function presetModel(preset: Preset, models: readonly string[]): string | undefined {
  const name = presets[preset].model.replace('ollama/', '');
  if (models.includes(name) || models.includes(`${name}:latest`)) return name;
  const [family, size] = name.split(':');
  const same = models.filter((model) => model.startsWith(`${family}:`) && (size === undefined || model.includes(size)));
  const rank = (model: string): number => {
    const at = wanted[preset].findIndex((weights) => model.toLowerCase().includes(weights.toLowerCase()));
    return at < 0 ? wanted[preset].length : at;
  };
  return same.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))[0];
}

/**
 * The model of a preset as Ollama's usual server has it.
 *
 * @param given `model` of the options; one that is not the preset's own is left as it is
 * @param tell told where another one is taken
 */
export async function modelOfPreset(
  preset: Preset | undefined,
  given: string,
  { tell, signal }: { readonly tell: (message: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  if (preset === undefined || given !== presets[preset].model) return given;
  const state = await inspectServer(new URL(ollamaAddress()), signal);
  const found = state.kind === 'ollama' ? presetModel(preset, state.models) : undefined;
  if (found === undefined || `ollama/${found}` === given) return given;
  tell(`The preset ${preset} takes ${found}: ${given.replace('ollama/', '')} is not on the server.`);
  return `ollama/${found}`;
}
