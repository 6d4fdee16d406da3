import type { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import type { VideoInfo } from '../core/video.ts';

/** The flag by which the command line knows an option: `faceFps` is `--face-fps`. */
const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Options of a command, checked, with a message that names the flag.
 *
 * @param flags flags that are not spelt like their option
 * @throws FramesiftError `usage`
 */
export function parseOptions<S extends z.ZodType<{ from?: number | undefined; until?: number | undefined }>>(
  schema: S,
  input: unknown,
  command: string,
  flags: Readonly<Record<string, string>> = {},
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) {
    const { from = 0, until = Infinity } = result.data;
    if (until <= from) throw new FramesiftError('usage', `--until must be later than --from (${from} s).`);
    return result.data;
  }
  const [issue] = result.error.issues;
  const key = issue?.path[0] === undefined ? undefined : String(issue.path[0]);
  const name = key === undefined ? 'options' : (flags[key] ?? flagOf(key));
  const wrong =
    issue?.code === 'unrecognized_keys' ? `unknown option ${issue.keys.join(', ')}` : `${name}: ${issue?.message}`;
  throw new FramesiftError('usage', `${wrong}. See framesift ${command} --help.`);
}

/**
 * That something of the video lies after `--from`.
 *
 * @throws FramesiftError `usage`
 */
export function checkFrom(video: string, from: number | undefined, { durationSeconds = Infinity }: VideoInfo): void {
  if (from === undefined || from < durationSeconds) return;
  const seconds = durationSeconds.toFixed(1);
  throw new FramesiftError('usage', `${video}: is ${seconds} s long and has nothing after --from ${from} s.`);
}
