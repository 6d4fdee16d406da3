import { inspectServer, type LoadedModel, type ServerState } from '../../llm/server-state.ts';
import { addressOf, ollamaAddress } from '../../llm/server-address.ts';
import type { Check } from './check.ts';

/** Ollama's own default; fewer seconds than this and it is loaded anew between two videos. */
const shortKeep = 300;

/** What stands at the given addresses, or, without any, where Ollama listens by default. */
export async function checkServers(addresses: readonly string[], signal: AbortSignal): Promise<Check[]> {
  const asked = addresses.length > 0 ? addresses : [ollamaAddress()];
  const checks: Check[] = [];
  for (const text of asked) {
    const url = addressOf(text);
    if (!url) {
      const fix = 'give --server http://host:port';
      checks.push({ area: 'servers', name: text, ok: false, says: 'not an address', fix, code: 'usage' });
      continue;
    }
    checks.push(...describe(url.href.replace(/\/$/, ''), await inspectServer(url, signal), addresses.length > 0));
  }
  return checks;
}

function describe(address: string, state: ServerState, named: boolean): Check[] {
  const common = { area: 'servers', name: address } as const;
  if (state.kind === 'none') {
    const fix = 'start it (ollama serve), or use the embedded model: framesift models pull smolvlm2-500m';
    const says = `no server answers (${state.why}); only --model and --context need one`;
    return [{ ...common, ok: !named, says, fix, ...(named ? { code: 'model' as const } : {}) }];
  }
  if (state.kind === 'openai') {
    const names = state.models.slice(0, 5).join(', ') || 'none';
    return [{ ...common, ok: true, says: `OpenAI-compatible, models: ${names}` }];
  }
  const { version, models, loaded } = state;
  const empty = models.length === 0;
  return [
    {
      ...common,
      ok: !(empty && named),
      says: `Ollama ${version}, ${models.length} models, ${loaded.length} loaded`,
      ...(empty ? { fix: 'ollama pull llava:7b', code: 'model' as const } : {}),
    },
    ...loaded.map((model) => describeLoaded(model)),
    describeSettings(loaded),
  ];
}

function describeLoaded({ name, onGpu, bytes, contextTokens, keptSeconds }: LoadedModel): Check {
  const where =
    onGpu >= 0.99
      ? 'on the graphics card'
      : onGpu <= 0.01
        ? 'on the CPU'
        : `${Math.round(onGpu * 100)} % on the graphics card`;
  const context = contextTokens === undefined ? '' : `, context ${contextTokens}`;
  const kept =
    keptSeconds === undefined
      ? ''
      : keptSeconds === Infinity
        ? ', kept loaded'
        : `, unloaded in ${Math.ceil(keptSeconds / 60)} min`;
  const common = {
    area: 'servers',
    name,
    says: `${where}, ${(bytes / 1e9).toFixed(1)} GB${context}${kept}`,
  } as const;
  if (onGpu <= 0.01) {
    const fix =
      'if this machine has a graphics card, see the server’s log for why it is not used; a smaller model or --num-ctx may fit';
    return { ...common, ok: false, fix, code: 'model' };
  }
  if (onGpu < 0.99) {
    const fix =
      'it does not fit the card and runs at the CPU’s pace: a smaller model, a smaller --num-ctx, or OLLAMA_NUM_PARALLEL=1';
    return { ...common, ok: false, fix, code: 'model' };
  }
  const short = keptSeconds !== undefined && keptSeconds < shortKeep;
  return { ...common, ok: true, ...(short ? { fix: '--keep-alive 30m, so that it stays between videos' } : {}) };
}

/**
 * Ollama tells none of these settings, so what they should be is said and not whether they are. Slots share the model
 * and have each their own context: they pay on a card with room, and not on a CPU whose cores are all at work.
 */
function describeSettings(loaded: readonly LoadedModel[]): Check {
  const slow = loaded.some(({ onGpu }) => onGpu < 0.99);
  const parallel = slow ? 1 : 4;
  const most = Math.max(1, loaded.length);
  const why =
    loaded.length === 0
      ? 'no model is loaded now'
      : slow
        ? 'the model is not wholly on a card'
        : 'the model is on the card';
  return {
    area: 'servers',
    name: 'settings',
    ok: true,
    says: `should be OLLAMA_NUM_PARALLEL=${parallel} OLLAMA_MAX_LOADED_MODELS=${most} OLLAMA_KEEP_ALIVE=30m in the server’s environment (${why})`,
  };
}
