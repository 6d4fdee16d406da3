import { z } from 'zod';
import { FramesiftError, messageOf } from '../../../core/errors.ts';
import { frameKinds } from '../../../core/slide.ts';
import { readOwnFile } from '../../../store/own-file.ts';
import { runFiles } from '../../../store/run-files.ts';
import { lumaLongestSide } from '../../../media/picture-size.ts';
import { isReading } from './recalled.ts';
import type { StateRecord, StretchRecord } from './state-record.ts';

// A folder may come from somebody else: what is relied on is checked.
const seconds = z.number().min(0).max(1e7);
const span = z.object({ start: seconds, end: seconds });
const number = z.number();
const figures = z.object({
  mean: number,
  ground: number,
  groundLevel: number,
  even: number,
  details: number,
  marks: number,
  texture: number,
  toolRows: number,
  moving: number,
  inset: number,
  lively: number,
  largestLively: number,
});
const lives = z.object({ moving: number, inset: number, lively: number, largestLively: number, seconds: number });
const side = z.int().min(1).max(lumaLongestSide);
const picture = z.object({
  id: z.int().min(0),
  appearances: z.array(span).min(1),
  builds: z.int(),
  time: seconds,
  frame: z.int(),
  width: z.int().min(1),
  height: z.int().min(1),
  hidden: number,
  settled: z.boolean(),
  shaky: z.boolean(),
  still: z.boolean(),
  figures,
  lives: lives.optional(),
  worded: z
    .object({
      model: z.string(),
      label: z.string(),
      kind: z.enum(frameKinds),
      confidence: number,
      threshold: number.optional(),
    })
    .optional(),
  text: z.custom((value) => value === undefined || isReading(value), 'is no reading').optional(),
  view: z.object({
    width: side,
    height: side,
    levels: number,
    contrastShare: number,
    shaky: z.boolean(),
    still: z.boolean(),
    planes: z.base64(),
  }),
});
const stretch = span.extend({ kind: z.enum(frameKinds), confidence: number, picture: z.int().min(0).optional() });
const file = z
  .object({ states: z.array(stretch), pictures: z.array(picture) })
  .refine(({ pictures }) => pictures.every(({ id }, at) => id === at), 'pictures are not numbered in order');

/** What `states.json` of a run's folder holds. Throws FramesiftError `input` where it is missing, damaged or of an older version. */
export async function readStates(
  folder: string,
): Promise<{ readonly states: readonly StretchRecord[]; readonly pictures: readonly StateRecord[] }> {
  try {
    const found = file.parse(JSON.parse((await readOwnFile(folder, runFiles.states)).toString('utf8')));
    return found as unknown as { states: StretchRecord[]; pictures: StateRecord[] };
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    throw new FramesiftError(
      'input',
      `${folder}: its ${runFiles.states} is missing, damaged or of another version (${why}). Run it again with --force.`,
      { cause: error },
    );
  }
}
