import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import type { VideoInfo } from '../core/video.ts';
import { defined } from '../core/defined.ts';
import { hwaccels } from '../media/hwaccel.ts';
import type { MediaLimits } from '../media/limits.ts';
import { decoders } from '../media/open-video.ts';

/** Options that every workflow has. */
export const videoOptions = {
  /** Look at nothing before this time, in seconds from the first frame. Default: the beginning. */
  from: z.number().nonnegative().optional(),
  /** Look at nothing from this time on. Default: the end. */
  until: z.number().nonnegative().optional(),
  /** How frames are decoded; `auto`: the built-in decoder where it is installed, else the ffmpeg program. */
  decoder: z.enum(decoders).default('auto'),
  /** Hardware to decode with. */
  hwaccel: z.enum(hwaccels).default('none'),
  /** Threads that work on the video. Default: one for each core. */
  threads: z.int().min(1).max(64).optional(),
  /** Pixels that a picture of the video may have. Default: 100 million. */
  maxPixels: z.number().positive().optional(),
  /** Frames that the video may have. Default: 20 million. */
  maxFrames: z.number().positive().optional(),
  /** What decoding it may take, MB. Default: 4096. */
  maxMemoryMb: z.number().positive().optional(),
  /** How long its run may take, seconds; what is done is kept. Default: any time. */
  maxSeconds: z.number().positive().optional(),
  /** What the results of its run may take, MB. Default: any room. */
  maxOutputMb: z.number().positive().optional(),
};

/** Names of options that bound what a video may take: they decide nothing of what is found. */
export const limitNames = ['maxPixels', 'maxFrames', 'maxMemoryMb', 'maxSeconds', 'maxOutputMb'] as const;

/** Of a run's options, what its decoder may take. */
export const mediaLimits = (options: {
  readonly maxPixels?: number | undefined;
  readonly maxFrames?: number | undefined;
  readonly maxMemoryMb?: number | undefined;
}): Partial<MediaLimits> => {
  const { maxPixels, maxFrames, maxMemoryMb } = options;
  return defined({ maxPixels, maxFrames, maxMemoryMb });
};

/** Flags that are not spelt like their option. */
const flagNames: Readonly<Record<string, string>> = { quality: '--quality', measure: '--no-measure' };

/** The flag by which the command line knows an option: `faceFps` is `--face-fps`. */
export const flagOf = (key: string): string =>
  flagNames[key] ?? `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Options of a command, checked, with a message that names the flag.
 *
 * @param command named in the message, as the place where help is
 * @param flags flags of this command that are not spelt like their option
 * @throws FramesiftError `usage`
 */
export function parseOptions<S extends z.ZodType<object>>(
  schema: S,
  input: unknown,
  command: string,
  flags: Readonly<Record<string, string>> = {},
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) {
    const { from = 0, until = Infinity } = result.data as { from?: number; until?: number };
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
 * Refuses options that would be accepted and change nothing.
 *
 * @param input the options as they were given; one that has its default is nobody's mistake
 * @param effectless for options that change nothing here, what they want, as `needs --model`
 * @throws FramesiftError `usage`
 */
export function refuseEffectless(
  schema: z.ZodType,
  input: unknown,
  effectless: Readonly<Record<string, string | false | undefined>>,
  flags: Readonly<Record<string, string>> = {},
): void {
  const defaults = schema.parse({}) as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(input ?? {})) {
    const wants = effectless[key];
    if (!wants || value === undefined || isDeepStrictEqual(value, defaults[key])) continue;
    throw new FramesiftError('usage', `${flags[key] ?? flagOf(key)} has no effect here: it ${wants}.`);
  }
}

/** The same reason for several options. */
export const allOf = (keys: readonly string[], wants: string | false): Record<string, string | false> =>
  Object.fromEntries(keys.map((key) => [key, wants]));

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
