import { FramesiftError, messageOf } from '../../core/errors.ts';
import { examineModel, type ExaminedModel } from '../../llm/examine-model.ts';
import { serverAbilities } from '../adapters/language-model.ts';
import type { Check } from './check.ts';

/** What a model's server can do, found out by asking it, and what would make it faster: a table, a line each. */
export async function checkModel(spec: string, signal: AbortSignal): Promise<Check[]> {
  try {
    return describeModel(await examineModel(spec, { abilities: serverAbilities(), signal }));
  } catch (error) {
    signal.throwIfAborted();
    const [says = '', ...rest] = messageOf(error).split(/(?<=\.) /);
    const code = error instanceof FramesiftError ? error.code : 'model';
    return [{ area: 'model', name: spec, ok: false, says, fix: rest.join(' ') || 'see the server’s log', code }];
  }
}

type Row = Omit<Check, 'area' | 'ok'>;

function describeModel(model: ExaminedModel): Check[] {
  const rows = [
    {
      name: model.id,
      says: `answers, the first word after ${model.firstWordSeconds.toFixed(2)} s of a new picture`,
    },
    slots(model),
    prefix(model),
    ...(model.servers[0] ? manners(model) : []),
    context(model),
    ...model.warnings.map((line) => ({ name: 'note', says: line })),
  ];
  return rows.map((row) => ({ area: 'model', ok: true, ...row }));
}

function slots({ facts, atOnce, id }: ExaminedModel): Row {
  const name = 'at once';
  if (facts.forcedSingleSlot) {
    const fix =
      '--plan lanes finds the pictures again, --plan combined asks once; another family takes several at once';
    return { name, says: 'one question: Ollama forces that for this family, whatever OLLAMA_NUM_PARALLEL says', fix };
  }
  if (facts.slots !== undefined) return { name, says: `${facts.slots} questions, as the server tells` };
  const { asked, wrote } = atOnce;
  const says = `${wrote === asked ? `at least ${wrote}` : wrote} of ${asked} questions that were asked at once`;
  if (wrote > 1) return { name, says };
  const fix = id.startsWith('ollama/')
    ? 'OLLAMA_NUM_PARALLEL=4 ollama serve, where memory has room for four contexts'
    : 'start the server with more slots (llama-server -np 4)';
  return { name, says, fix };
}

function prefix({ reused, reuseTold }: ExaminedModel): Row {
  const name = 'prefix';
  if (reused === undefined || (reuseTold && reused < 0.2)) {
    const fix = '--plan combined shows the pictures once; a server that keeps prompts shows them once too';
    return { name, says: 'a second question about the same pictures finds nothing of the first', fix };
  }
  const share = reuseTold ? `${Math.round(reused * 100)} % of the prompt` : 'its first word came much sooner';
  return { name, says: `a second question about the same pictures is helped by the first (${share})` };
}

function manners({ servers }: ExaminedModel): Row[] {
  const { manner, streams, images } = servers[0]!.abilities;
  const bound = {
    json_schema: { says: 'answers are bound to a JSON schema' },
    json_object: { says: 'answers are bound to JSON; the schema is told in words' },
    prompt: {
      says: 'answers are bound to nothing; the schema is told in words, and what comes is mended where it can be',
      fix: 'a server that takes response_format json_schema (llama.cpp, vLLM, Ollama)',
    },
  }[manner.schema];
  const thinking = {
    unasked: 'not seen',
    off: 'switched off',
    stubborn: 'cannot be switched off; each answer gets 2048 tokens more',
  }[manner.thinking];
  const pieces =
    streams === false
      ? {
          says: 'answers come whole; how many are worked on at once cannot be seen',
          fix: '--concurrency with what it has',
        }
      : { says: `answers come in pieces${manner.stream === 'plain' ? ', and tokens are not counted' : ''}` };
  return [
    { name: 'schema', ...bound },
    { name: 'stream', ...pieces },
    { name: 'thinking', says: thinking },
    ...(images === undefined ? [] : [{ name: 'pictures', says: `${images} in a message at most` }]),
  ];
}

function context({ facts: { contextTokens }, servers }: ExaminedModel): Row {
  const says = contextTokens === undefined ? 'not told' : `${contextTokens} tokens`;
  const picture = servers[0]?.abilities.picture;
  return {
    name: 'context',
    says: picture ? `${says}; a picture of ${picture.side} pixels took ${picture.tokens}` : says,
  };
}
