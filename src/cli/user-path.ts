import { resolve } from 'node:path';

/**
 * A path as the user meant it: npm runs scripts in the project's folder and tells in INIT_CWD where the user stood.
 * Anywhere else INIT_CWD is another program's business.
 */
export function userPath(path: string): string {
  const { INIT_CWD, npm_lifecycle_event: script } = process.env;
  return script === 'start' && INIT_CWD ? resolve(INIT_CWD, path) : path;
}

/** A model's name stays as it is; what looks like a path is meant from where the user stands. */
export const pathOrName = (text: string): string => (/[\\/]|\.onnx$/i.test(text) ? resolve(userPath(text)) : text);
