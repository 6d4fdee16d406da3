import { FramesiftError } from '../core/errors.ts';
import { isRedacted } from '../core/secrets.ts';
import { addressOf } from '../llm/server-address.ts';

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * What the options of a results folder would reach outside of it: servers that are sent pictures and keys, and places that are
 * written. A folder may come from somebody else, so none of these is used without the user's word.
 */
export function reachesOutside(options: Readonly<Record<string, unknown>>): string[] {
  const { model, context, overlay, cacheFolder } = options;
  const servers = [model, context].flatMap((spec) => {
    const [, places = ''] = /@(.+)$/.exec(typeof spec === 'string' ? spec : '') ?? [];
    return places.split(',').filter((place) => place !== '' && !loopback.test(addressOf(place)?.hostname ?? ''));
  });
  const written = [overlay, cacheFolder].filter((path) => typeof path === 'string');
  return [...servers, ...written];
}

/** Options that name where something is: given again on the command line they are the user's own word. */
export type GivenAgain = { readonly model?: string; readonly context?: string };

/**
 * The options of a folder, with what was given again in their place. Those that reach outside are refused, unless the user
 * has said that the folder is theirs.
 *
 * @throws FramesiftError `usage`, also where an address had a key, which is never written down
 */
export function trustedOptions(
  folder: string,
  stored: Readonly<Record<string, unknown>>,
  { trusted = false, again = {} }: { readonly trusted?: boolean; readonly again?: GivenAgain } = {},
): Readonly<Record<string, unknown>> {
  const given = Object.entries(again).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (stored[name] !== undefined) continue;
    throw new FramesiftError('usage', `--${name} has no effect here: these results were begun without it.`);
  }
  const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !given.some(([one]) => one === name)));
  const outside = trusted ? [] : reachesOutside(kept);
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
