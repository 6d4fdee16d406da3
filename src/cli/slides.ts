import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { analyzeSlides } from '../app/analyze-slides.ts';
import { logLevels } from '../app/log.ts';
import type { LogLevel } from '../app/log.ts';
import type { SlidesOptionsInput } from '../app/slides-options.ts';
import { FramesiftError } from '../core/errors.ts';
import { hwaccels } from '../media/hwaccel.ts';
import { decoders } from '../media/open-video.ts';
import { showBatch } from './batch.ts';
import { addBatchOptions, batchSettingsOf, isBatch, stayOn } from './batch-options.ts';
import type { BatchFlags } from './batch-options.ts';
import { askedOnTerminal } from './agree.ts';
import { interruptible } from './ending.ts';
import { deviceOption, kindLabelsOption, modelOptionsOf, type ModelFlags } from './model-flags.ts';
import { userPath } from './user-path.ts';
import { profileLines, refuseProfile } from './profile.ts';
import { progressView } from './progress.ts';
import { describeSummary } from './summary.ts';
import { errorColours } from './colours.ts';
import { number, whatIsGiven } from './values.ts';

/** Flags as commander hands them over; the meaning of most of them is checked by the app. */
export interface SlidesFlags extends BatchFlags, ModelFlags {
  readonly output?: string;
  readonly every?: number;
  readonly from?: number;
  readonly until?: number;
  readonly quality?: number;
  readonly exact?: boolean;
  readonly keep?: string[];
  readonly text: boolean;
  readonly textModel?: string;
  readonly context?: string;
  readonly embedded?: boolean;
  readonly frameClassifier?: string[];
  readonly decoder?: string;
  readonly hwaccel?: string;
  readonly threads?: number;
  readonly force?: boolean;
  readonly profile?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel: LogLevel;
  readonly verbose?: boolean;
}

export function addSlidesCommand(program: Command): void {
  withSlidesOptions(
    program
      .command('slides')
      .description('find the slides of talk or lecture recordings')
      .argument('<videos...>', 'recordings, folders, patterns, text files with a path a line, or - for such lines'),
  ).action(async (videos: string[], flags: SlidesFlags) => {
    if (flags.cpus !== undefined) stayOn(flags.cpus);
    const [video = ''] = videos;
    if (!(await isBatch(videos, flags))) return findSlides(userPath(video), flags);
    refuseProfile(flags);
    const { output, force, logLevel } = flags;
    const { threads: _, ...options } = optionsOf(flags);
    return showBatch(
      videos,
      {
        kind: 'slides',
        options,
        settings: batchSettingsOf(flags),
        logLevel,
        ...(output === undefined ? {} : { output: userPath(output) }),
        ...(force === undefined ? {} : { force }),
      },
      flags,
    );
  });
}

export function withSlidesOptions(command: Command): Command {
  addBatchOptions(command);
  return command
    .option(
      '-o, --output <folder>',
      'where the results go (default: VIDEO.framesift beside the video; of several: framesift-batch)',
    )
    .option('--every <seconds>', 'look at a frame this often (default: 1)', number)
    .option('--from <seconds>', 'begin here', number)
    .option('--until <seconds>', 'end here', number)
    .option('--exact', 'look at the whole video, also where its key frames say that nothing happens')
    .option('--keep <kinds>', 'which kinds become slides: slide, slide-with-speaker, speaker, screen, other', list)
    .option('--quality <1-100>', 'JPEG quality (default: 85)', number)
    .option('--no-text', 'do not read text')
    .option('--text-model <folder>', 'PP-OCR weights for other languages: det.onnx, rec.onnx, keys.txt')
    .option('--context <model>', 'let a vision-language model write titles and summaries, such as ollama/gemma3:4b')
    .option('--embedded', 'let the embedded language model answer where no server does')
    .option('--no-embedded', 'do not, and do not ask')
    .option('--embedder <model>', 'finds slides seen before: auto, builtin, none, dinov2-small, or a path')
    .option(
      '--frame-classifier <file.onnx>',
      'refuse frames by an image classifier with its .yaml beside it; several vote',
      gathered,
    )
    .option('--kinds <model>', 'tell kinds by labels in words: clip-vit-b32, siglip-base, or a path')
    .addOption(kindLabelsOption())
    .addOption(deviceOption())
    .addOption(new Option('--decoder <name>', 'how frames are decoded').choices(decoders))
    .addOption(new Option('--hwaccel <name>', 'hardware to decode with (default: none, the CPU)').choices(hwaccels))
    .option(
      '--threads <count>',
      'threads that work on each video; 1: one core at most (default: the cores, shared by the videos at once)',
      number,
    )
    .option('--force', 'do it again although it is done')
    .option('--profile', 'say where the time went, and write trace.json for ui.perfetto.dev')
    .option('--json', 'print every event as a line of JSON')
    .option('-q, --quiet', 'print nothing but errors')
    .addOption(new Option('--log-level <level>', 'what goes to run.log').choices(logLevels).default('info'))
    .option('--verbose', 'with an error, print where it came from');
}

export async function findSlides(video: string, flags: SlidesFlags): Promise<void> {
  if (flags.json && flags.quiet) throw new FramesiftError('usage', '--json and --quiet exclude each other.');
  using signal = interruptible();
  const agree = askedOnTerminal(flags.json === true || flags.quiet === true);
  const settings = {
    signal,
    ...(agree === undefined ? {} : { agree }),
    logLevel: flags.logLevel,
    ...(flags.output === undefined ? {} : { output: userPath(flags.output) }),
    ...(flags.force === undefined ? {} : { force: flags.force }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
  };
  const progress = progressView(process.stderr);
  for await (const event of analyzeSlides(video, optionsOf(flags), settings)) {
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(event)}\n`);
      continue;
    }
    if (flags.quiet) continue;
    switch (event.type) {
      case 'started':
        if (event.video.hardware) process.stderr.write(`Decoding with ${event.video.hardware}.\n`);
        if (event.resumed) process.stderr.write('Continuing an interrupted run.\n');
        break;
      case 'progress':
        progress.show(event);
        break;
      case 'warning':
        progress.clear();
        process.stderr.write(`${errorColours.yellow('Warning:')} ${event.message}\n`);
        break;
      case 'finished':
        progress.clear();
        process.stdout.write(describeSummary(event.summary));
        if (flags.profile) process.stdout.write(await profileLines(event.summary.folder, event.summary.alreadyDone));
        break;
      case 'slide':
      case 'decision':
    }
  }
}

/** Only what was given: the rest is for the app's defaults. */
function optionsOf(flags: SlidesFlags): SlidesOptionsInput {
  const given = {
    every: flags.every,
    from: flags.from,
    until: flags.until,
    exact: flags.exact,
    keep: flags.keep,
    jpegQuality: flags.quality,
    text: flags.text,
    // Whole, so that the run can be resumed from elsewhere.
    textModel: flags.textModel === undefined ? undefined : resolve(userPath(flags.textModel)),
    context: flags.context,
    embedded: flags.embedded,
    ...modelOptionsOf(flags),
    frameClassifier: flags.frameClassifier?.map((file) => resolve(userPath(file))),
    decoder: flags.decoder,
    hwaccel: flags.hwaccel,
    threads: flags.threads,
  };
  // Their values are checked, with a message for people, where the run begins.
  return whatIsGiven(given) as SlidesOptionsInput;
}

const gathered = (text: string, before: string[] = []): string[] => [...before, text];

const list = (text: string): string[] => text.split(',').map((part) => part.trim());
