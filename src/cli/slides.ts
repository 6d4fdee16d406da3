import { resolve } from 'node:path';
import type { Command } from 'commander';
import { limitNames } from '../workflows/parse-options.ts';
import { deviceOption, kindLabelsOption, modelOptionsOf, type ModelFlags } from './model-flags.ts';
import { addCommonOptions, addRunOptions, groups, type RunFlags } from './run-options.ts';
import { showRuns } from './show-run.ts';
import { userPath } from './user-path.ts';
import { number } from './values.ts';
import { defined } from '../core/defined.ts';

/** Flags as commander hands them over; the meaning of most of them is checked by the workflow. */
interface SlidesFlags extends RunFlags, ModelFlags {
  readonly every?: number;
  readonly from?: number;
  readonly until?: number;
  readonly quality?: number;
  readonly exact?: boolean;
  readonly keep?: string[];
  readonly text: boolean;
  readonly textModel?: string;
  readonly languages?: string[];
  readonly context?: string;
  readonly embedded?: boolean;
  readonly frameClassifier?: string[];
  readonly redact?: string;
  readonly decoder?: string;
  readonly hwaccel?: string;
}

export function addSlidesCommand(program: Command): void {
  const command = program
    .command('slides')
    .description('find the slides of talk or lecture recordings')
    .argument('<videos...>', 'recordings, folders, patterns, text files with a path a line, or - for such lines');
  addCommonOptions(command, 'VIDEO.framesift')
    .option('--context <model>', 'let a vision-language model write titles and summaries, such as ollama/gemma3:4b')
    .optionsGroup(groups.slides)
    .option('--every <seconds>', 'look at a frame this often (default: 0.5)', number)
    .option('--exact', 'look at the whole video, also where its keyframes say that nothing happens')
    .option('--keep <kinds>', 'which kinds become slides: slide, slide-with-speaker, speaker, screen, other', list)
    .option('--quality <1-100>', 'JPEG quality (default: 85)', number)
    .optionsGroup(groups.text)
    .option('--no-text', 'do not read text')
    .option('--text-model <folder>', 'PP-OCR weights for other languages: det.onnx, rec.onnx, keys.txt')
    .option('--languages <codes>', 'also read text in these languages, such as de,ru', list)
    .option('--embedded', 'let the embedded language model answer where no server does')
    .option('--no-embedded', 'do not, and do not ask')
    .optionsGroup(groups.pictures)
    .option('--embedder <model>', 'finds slides seen before: auto, builtin, none, dinov2-small, or a path')
    .option(
      '--frame-classifier <file.onnx>',
      'refuse frames by an image classifier with its .yaml beside it; several vote',
      gathered,
    )
    .option('--kinds <model>', 'tell kinds by labels in words: clip-vit-b32, siglip-base, or a path')
    .addOption(kindLabelsOption())
    .addOption(deviceOption());
  addRunOptions(command).action((videos: string[], flags: SlidesFlags) =>
    showRuns({ workflow: { id: 'slides' }, videos, options: optionsOf(flags) }, flags),
  );
}

/** Only what was given: the rest is for the workflow's defaults. */
function optionsOf(flags: SlidesFlags): Readonly<Record<string, unknown>> {
  const { every, from, until, exact, keep, quality: jpegQuality, textModel, languages, context, embedded } = flags;
  const { decoder, hwaccel, threads, redact } = flags;
  const limits = Object.fromEntries(limitNames.map((name) => [name, flags[name]]));
  return defined({
    every,
    from,
    until,
    exact,
    keep,
    jpegQuality,
    languages,
    context,
    embedded,
    decoder,
    hwaccel,
    threads,
    redact,
    ...limits,
    text: flags.text ? undefined : false,
    textModel: textModel === undefined ? undefined : resolve(userPath(textModel)),
    ...modelOptionsOf(flags),
    frameClassifier: flags.frameClassifier?.map((file) => resolve(userPath(file))),
  });
}

const gathered = (text: string, before: string[] = []): string[] => [...before, text];

const list = (text: string): string[] => text.split(',').map((part) => part.trim());
