import { z } from 'zod';
import { devices } from '../../core/device.ts';
import { frameKinds } from '../../core/slide.ts';
import { redactions } from '../redaction.ts';
import { allOf, parseOptions, refuseEffectless, videoOptions } from '../parse-options.ts';

/** Every option of the `slides` workflow with its default; `run.json` holds them all. */
export const slidesOptionsSchema = z.strictObject({
  /** Seconds between looked-at frames. */
  every: z.number().min(0.04, 'must be at least 0.04 (seconds)').max(60, 'must be at most 60 (seconds)').default(0.5),
  ...videoOptions,
  /** Decode also where key frames and packet sizes say that nothing happens. */
  exact: z.boolean().default(false),
  /** JPEG quality of the slides' pictures, 1–100. */
  jpegQuality: z.int().min(1, 'must be 1–100').max(100, 'must be 1–100').default(85),
  /** Which kinds of what is shown become slides. */
  keep: z.array(z.enum(frameKinds)).min(1).default(['slide', 'slide-with-speaker']),
  /** Whether text is read. */
  text: z.boolean().default(true),
  /** Folder with PP-OCR weights: det.onnx, rec.onnx and keys.txt. Default: those of the package. */
  textModel: z.string().optional(),
  /** Codes of languages to be read beside English and Chinese, such as `de` and `ru`; they need packages of their own. */
  languages: z.array(z.string().min(2)).default([]),
  /** Embedder that finds slides seen before: `auto`, `builtin`, `none`, a model's name, a folder or an .onnx file. */
  embedder: z.string().min(1).default('auto'),
  /** ONNX image classifiers that refuse frames before anything else looks at them. */
  frameClassifier: z.array(z.string().min(1)).default([]),
  /** Model that tells kinds by labels in words, such as `clip-vit-b32`. Default: none, the rules tell. */
  kinds: z.string().min(1).optional(),
  /** YAML file with labels of one's own for `kinds`. Default: built-in ones. */
  kindLabels: z.string().min(1).optional(),
  /** Where these networks run. */
  device: z.enum(devices).default('auto'),
  /** Whether the embedded language model may answer where no server does. Default: it is asked for on a terminal, else not. */
  embedded: z.boolean().optional(),
  /** Vision-language model that writes each slide's context, such as `ollama/gemma3:4b`. Default: none. */
  context: z.string().optional(),
  /** What is made unrecognizable in every picture before it is sent or stored. Default: nothing. */
  redact: z.enum(redactions).optional(),
});

/** All options of `slides` with their values. */
export type SlidesOptions = z.output<typeof slidesOptionsSchema>;
/** The options of `slides` as they are given; all have a default. */
export type SlidesOptionsInput = z.input<typeof slidesOptionsSchema>;

const flags = { jpegQuality: '--quality' };

/** @throws FramesiftError `usage` naming the option and what it takes, or what it has no effect without */
export function parseSlidesOptions(input: unknown): SlidesOptions {
  const options = parseOptions(slidesOptionsSchema, input, 'slides', flags);
  const { kinds, context, text, textModel, frameClassifier, embedder } = options;
  const named = kinds !== undefined || context !== undefined || frameClassifier.length > 0;
  refuseEffectless(
    slidesOptionsSchema,
    input,
    {
      kindLabels: kinds === undefined && 'needs --kinds',
      textModel: !text && 'needs text to be read, and --no-text does without',
      languages:
        (!text && 'needs text to be read, and --no-text does without') ||
        (textModel !== undefined && 'needs the built-in weights, and --text-model does without'),
      embedded: context === undefined && 'needs --context',
      ...allOf(
        ['device'],
        !named && ['auto', 'builtin', 'none'].includes(embedder) && 'needs a model of its own, such as --kinds',
      ),
    },
    flags,
  );
  return options;
}
