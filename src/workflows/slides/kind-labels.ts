import { z } from 'zod';
import { FramesiftError } from '../../core/errors.ts';
import { parseYaml, readYamlText, YamlFault } from '../../core/yaml.ts';
import { frameKinds, type FrameKind } from '../../core/slide.ts';

/** A label in words: what is written of it in the ledger, the kind it stands for, sentences that describe a picture of it. */
export interface KindLabel {
  readonly label: string;
  readonly kind: FrameKind;
  readonly prompts: readonly string[];
}

/**
 * The labels unless told otherwise. Sentences begin like the captions that CLIP was trained on ("a photo of …", "a
 * screenshot of …"; Radford et al. 2021, 3.1.4), two or three a label, which are averaged.
 */
export const defaultKindLabels: readonly KindLabel[] = [
  {
    label: 'slide',
    kind: 'slide',
    prompts: [
      'a presentation slide with a title and text',
      'a slide of a lecture with a diagram',
      'a screenshot of a page of a slide deck',
    ],
  },
  {
    label: 'slide with speaker',
    kind: 'slide-with-speaker',
    prompts: [
      'a presentation slide with a small picture of the speaker in a corner',
      'a photo of a lecture hall with a slide on the screen and a person beside it',
    ],
  },
  {
    label: 'speaker',
    kind: 'speaker',
    prompts: ['a photo of a person who speaks', 'a close-up of a speaker on a stage', 'a video call with faces'],
  },
  {
    label: 'desktop',
    kind: 'screen',
    prompts: [
      'a screenshot of a code editor',
      'a screenshot of a desktop with windows and menus',
      'a screenshot of a web browser',
    ],
  },
  {
    label: 'nothing',
    kind: 'other',
    prompts: ['a black picture', 'a logo on an empty background', 'a photo of an audience'],
  },
];

const Labels = z
  .array(
    z.strictObject({
      label: z.string().min(1),
      kind: z.enum(frameKinds),
      prompts: z.array(z.string().min(1).max(300)).min(1).max(20),
    }),
  )
  .min(2)
  .max(100)
  .refine((labels) => new Set(labels.map(({ kind }) => kind)).size > 1, 'all labels are of one kind');

/**
 * Reads labels of one's own: a YAML list of `{label, kind, prompts}`.
 *
 * @throws FramesiftError `usage` naming what is wrong
 */
export async function readKindLabels(file: string): Promise<readonly KindLabel[]> {
  let value: unknown;
  try {
    const text = await readYamlText(file);
    if (text === undefined) {
      throw new FramesiftError('usage', `${file}: no such file. --kind-labels takes a YAML list of labels.`);
    }
    ({ value } = parseYaml(text));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new FramesiftError('usage', `${file}: line ${error.line}: ${error.message}`);
  }
  const result = Labels.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the file';
  throw new FramesiftError('usage', `${file}: ${where}: ${issue?.message}. See docs/guide/models.md.`);
}
