import { FramesiftError } from '../core/errors.ts';
import { addressOf, ollamaAddress } from './server-address.ts';

/** What `--model` names. */
export type ModelSpec =
  | { readonly provider: 'ollama' | 'openai'; readonly model: string; readonly addresses: readonly URL[] }
  /** A model of the AI SDK: `of` is the package that makes it, `@ai-sdk/OF`. */
  | { readonly provider: 'ai'; readonly of: string; readonly model: string }
  | { readonly provider: 'gguf'; readonly model: string; readonly projector: string };

const forms =
  'Write ollama/MODEL, ollama/MODEL@http://host:port, openai/MODEL@http://host:port/v1, ai:PROVIDER/MODEL or gguf:MODEL.gguf+MMPROJ.gguf; several servers of one model are separated by commas.';

/**
 * Reads `ollama/llava:7b[@http://host:port[,http://…]]`, `openai/MODEL@http://host:port/v1[,…]`, `ai:google/MODEL` or
 * `gguf:MODEL.gguf+MMPROJ.gguf`. Throws FramesiftError `usage`.
 */
export function parseModelSpec(text: string): ModelSpec {
  if (text.startsWith('gguf:')) {
    const [model = '', projector = ''] = text.slice('gguf:'.length).split('+');
    if (model === '' || projector === '') {
      throw new FramesiftError('usage', `${text}: a gguf model needs its text model and its image projector. ${forms}`);
    }
    return { provider: 'gguf', model, projector };
  }
  const hosted = /^ai:([a-z0-9-]+)\/(.+)$/.exec(text);
  if (hosted) return { provider: 'ai', of: hosted[1]!, model: hosted[2]! };
  const match = /^(ollama|openai)\/([^@]+)(?:@(.+))?$/.exec(text);
  if (!match) throw new FramesiftError('usage', `${text}: not a model that can be asked. ${forms}`);
  const [, provider, model, places] = match as unknown as [string, 'ollama' | 'openai', string, string?];
  if (provider === 'openai' && places === undefined) {
    throw new FramesiftError('usage', `${text}: say where the server is: openai/${model}@http://host:port/v1`);
  }
  const addresses = (places ?? ollamaAddress()).split(',').map((place) => {
    const url = addressOf(place);
    if (!url) throw new FramesiftError('usage', `${place}: not an address. ${forms}`);
    return url;
  });
  return { provider, model, addresses };
}

/** The model's name without where it is: two runs on different servers of one model are comparable. */
export function modelId(spec: ModelSpec): string {
  if (spec.provider === 'ai') return `ai:${spec.of}/${spec.model}`;
  return spec.provider === 'gguf' ? `gguf:${spec.model.split('/').at(-1)}` : `${spec.provider}/${spec.model}`;
}
