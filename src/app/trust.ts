import { FramesiftError } from '../core/errors.ts';
import { isRedacted } from '../core/secrets.ts';
import { namedFarPlaces } from '../llm/server-address.ts';

/** Options that name files which are read: networks, tables, labels. A name of the catalogue is none. */
const files = ['rules', 'calibration', 'textModel', 'kindLabels', 'embedder', 'kinds', 'frameClassifier'] as const;

/**
 * What the options of a results folder would reach outside of it: servers that are sent pictures and keys, places that are
 * written, files that are read. A folder may come from somebody else, so none of these is used without the user's word.
 */
export function reachesOutside(options: Readonly<Record<string, unknown>>): string[] {
  const { model, context, overlay, cacheFolder } = options;
  const servers = [model, context].flatMap((spec) =>
    typeof spec === 'string' && /^gguf:.*[\\/]/.test(spec) ? [spec] : namedFarPlaces(spec),
  );
  const read = files.flatMap((name) => options[name]).filter((path) => typeof path === 'string' && /[\\/]/.test(path));
  const written = [overlay, cacheFolder].filter((path) => typeof path === 'string');
  return [...servers, ...written, ...(read as string[])];
}

/** Options that name where something is: given again on the command line they are the user's own word. */
export type GivenAgain = { readonly model?: string; readonly context?: string };

export interface TrustOptions {
  /** The folder is the user's own, by their word or by its mark. Default false. */
  readonly trusted?: boolean;
  readonly again?: GivenAgain;
  /** A workflow's file that the folder names. */
  readonly file?: string | undefined;
}

/**
 * The options of a folder, with what was given again in their place. Those that reach outside are refused, unless the user
 * has said that the folder is theirs.
 *
 * @throws FramesiftError `usage`, also where an address had a key, which is never written down
 */
export function trustedOptions(
  folder: string,
  stored: Readonly<Record<string, unknown>>,
  { trusted = false, again = {}, file }: TrustOptions = {},
): Readonly<Record<string, unknown>> {
  const given = Object.entries(again).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (stored[name] !== undefined) continue;
    throw new FramesiftError('usage', `--${name} has no effect here: these results were begun without it.`);
  }
  const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !given.some(([one]) => one === name)));
  const outside = trusted ? [] : [...reachesOutside(kept), ...(file === undefined ? [] : [file])];
  if (outside.length > 0) {
    throw new FramesiftError(
      'usage',
      `${folder}: its options name ${outside.join(' and ')}. If these results are yours: framesift resume ${folder} --trust`,
    );
  }
  for (const name of ['model', 'context'] as const) {
    if (typeof kept[name] !== 'string' || !isRedacted(kept[name])) continue;
    throw new FramesiftError(
      'usage',
      `${folder}: the address of its model had a key, and keys are not kept. Give it again: framesift resume ${folder} --${name} ${kept[name]}`,
    );
  }
  return { ...kept, ...Object.fromEntries(given) };
}
