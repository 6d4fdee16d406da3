/*
 * A process that decodes gets the least it needs: it may read, load the decoder's native part and answer its parent. It
 * may write no file and start no process or thread by Node's means, and it is told of no key. (FFmpeg's native code lies
 * outside of Node's permissions; what it opens is bounded by `containers.ts`.)
 */

const secret = /key|token|secret|passw|credential|auth/i;

/** Node's flags for such a process. */
export const leastPermissions = ['--no-warnings', '--permission', '--allow-addons', '--allow-fs-read=*'] as const;

/** The environment without what looks like a secret. */
export const withoutKeys = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !secret.test(name)));
