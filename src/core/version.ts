import { readFileSync } from 'node:fs';

/** The package's version, from its package.json: two folders up both from the sources and from what is built. */
export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
