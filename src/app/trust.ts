import { FramesiftError } from '../core/errors.ts';
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

/**
 * Refuses options of a folder that reach outside, unless the user has said that the folder is theirs.
 *
 * @throws FramesiftError `usage`
 */
export function checkTrust(folder: string, options: Readonly<Record<string, unknown>>, trusted: boolean): void {
  const outside = trusted ? [] : reachesOutside(options);
  if (outside.length === 0) return;
  throw new FramesiftError(
    'usage',
    `${folder}: its options name ${outside.join(' and ')}. If these results are yours: framesift resume ${folder} --trust`,
  );
}
