import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { ShownSpan } from '../core/run.ts';
import { frameKinds, type Slide } from '../core/slide.ts';
import { runFiles } from './run-files.ts';

// A folder may come from somebody else: what is relied on is checked, and a picture lies within the folder.
const span = z.looseObject({ start: z.number(), end: z.number() });
const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const slide = z.looseObject({
  index: z.int().min(1),
  timestamp: z.number(),
  image: z.string().regex(/^slides\/\d{4,}\.jpg$/, 'is not a picture of this run'),
  width: z.number(),
  height: z.number(),
  appearances: z.array(span).min(1),
  builds: z.number(),
  kind: z.enum(frameKinds),
  confidence: z.number(),
  title: z.string(),
  text: z.string(),
  textState: z.string(),
  textConfidence: z.number(),
  blocks: z.array(z.looseObject({ text: z.string(), box, confidence: z.number() })),
  context: z
    .looseObject({
      title: z.string(),
      summary: z.string(),
      keyPoints: z.array(z.string()),
      terms: z.array(z.object({ term: z.string(), meaning: z.string() })),
      figure: z.string(),
      model: z.string(),
    })
    .optional(),
});
const slidesFile = z.looseObject({ video: z.string(), slides: z.array(slide) });
const shownFile = z.looseObject({
  shown: z.array(span.extend({ kind: z.enum(frameKinds), confidence: z.number(), slide: z.number().optional() })),
});

/** The slides of a run's folder. Throws FramesiftError `input` where they are missing or damaged. */
export async function readSlides(folder: string): Promise<Slide[]> {
  return (await readChecked(folder, runFiles.slides, slidesFile)).slides as unknown as Slide[];
}

/** What was on screen when, slide or not. Throws FramesiftError `input`. */
export async function readShown(folder: string): Promise<ShownSpan[]> {
  return (await readChecked(folder, runFiles.shown, shownFile)).shown as unknown as ShownSpan[];
}

/**
 * Whether all that finding slides has written is there and can be read.
 *
 * @param pictures whether they have to be there: else they were removed on purpose
 */
export async function slidesAreWhole(folder: string, pictures: boolean): Promise<boolean> {
  try {
    const slides = await readSlides(folder);
    await readShown(folder);
    const files = [runFiles.ledger, ...(pictures ? slides.map(({ image }) => image) : [])];
    const found = await Promise.all(files.map((name) => lstat(join(folder, name))));
    return found.every((file, index) => file.isFile() && (index === 0 || file.size > 0));
  } catch {
    return false;
  }
}

async function readChecked<S extends z.ZodType>(folder: string, name: string, schema: S): Promise<z.output<S>> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    throw new FramesiftError(
      'input',
      `${folder}: its ${name} is missing or damaged (${why}). Run it again with --force.`,
      {
        cause: error,
      },
    );
  }
}
