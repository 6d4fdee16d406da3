import { join } from 'node:path';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { cacheFolder } from '../../core/places.ts';
import type { AbilityStore } from '../../llm/abilities.ts';
import { RequestFailure } from '../../llm/failure.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import { openModel } from '../../llm/open.ts';
import { AnswerCacheFolder } from '../../store/answer-cache.ts';
import { embeddedDefault } from '../../store/models/catalogue.ts';
import type { LanguageModelOptions } from '../../workflows/adapters.ts';
import { catalogueModel, findLanguageModel, openModelFolder } from '../models/registry.ts';

/**
 * Opens the model that `spec` names: as `openModel` takes it, or `gguf:NAME` for an installed one of the catalogue.
 * Where no server answers and the user has agreed to it, the embedded default takes its place.
 *
 * @throws FramesiftError `usage`, `model` or `dependency`, one line that says what to do
 */
export async function openLanguageModel(spec: string, given: LanguageModelOptions): Promise<VisionLanguageModel> {
  const { onChange = () => {} } = given;
  const options = { onWarning: onChange, abilities: serverAbilities(), ...given };
  const named = /^gguf:([\w.-]+)$/.exec(spec)?.[1];
  // A lone file is no name; the error for it is openModel's.
  const whole = named !== undefined && !/\.gguf$/i.test(named) ? await findLanguageModel(named) : spec;
  let model: VisionLanguageModel;
  try {
    model = await openModel(whole, options);
  } catch (error) {
    if (!isAway(error)) throw error;
    model = await openInstead(error as FramesiftError, options, onChange);
  }
  for (const notice of model.facts.notices ?? []) onChange(notice);
  return model;
}

/** Where what was found out of servers is kept: with the user, as it is the same for all runs. */
export const serverAbilities = (): AbilityStore =>
  new AnswerCacheFolder(join(cacheFolder(), 'servers'), { maxBytes: 1024 * 1024 });

/** Nothing listens there, or it hung up at once: no server answers. */
function isAway(error: unknown): boolean {
  if (!(error instanceof FramesiftError) || error.code !== 'model') return false;
  return error.cause instanceof RequestFailure && ['refused', 'connection'].includes(error.cause.kind);
}

/** As a sentence that another can follow. */
const sentence = (error: unknown): string => messageOf(error).replace(/\.?$/, '.');

async function openInstead(
  error: FramesiftError,
  options: LanguageModelOptions,
  onChange: (message: string) => void,
): Promise<VisionLanguageModel> {
  const installed = (await openModelFolder().find(catalogueModel(embeddedDefault))) !== undefined;
  const get = `framesift models pull ${embeddedDefault}`;
  const consent = options.embedded ?? consentOfEnvironment();
  const question = `${sentence(error)} Let the embedded model ${embeddedDefault} answer instead?`;
  // Nobody is asked about a model that is not there.
  const agreed = consent ?? (installed ? await options.agree?.(question) : undefined) ?? false;
  if (!agreed) {
    const remedy = installed ? 'give --embedded' : `${get}, then give --embedded`;
    if (consent === false) throw error;
    throw new FramesiftError('model', `${sentence(error)} Or let the embedded model answer: ${remedy}.`, {
      cause: error,
    });
  }
  if (!installed) {
    const why = `${sentence(error)} The embedded model is to answer instead and is not installed.`;
    throw new FramesiftError('model', `${why} Get it with: ${get}`, { cause: error });
  }
  const model = await openModel(await findLanguageModel(embeddedDefault), options);
  onChange(`${sentence(error)} The embedded model ${embeddedDefault} answers instead.`);
  return model;
}

function consentOfEnvironment(): boolean | undefined {
  const said = process.env['FRAMESIFT_EMBEDDED']?.toLowerCase();
  if (said === undefined || said === '') return undefined;
  return ['1', 'yes', 'true', 'on'].includes(said);
}
