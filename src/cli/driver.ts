import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { askVideo } from '../app/driver.ts';
import { describePresets, type DriverOptionsInput } from '../app/driver-options.ts';
import { logLevels, type LogLevel } from '../app/log.ts';
import { devices } from '../core/device.ts';
import { FramesiftError } from '../core/errors.ts';
import { hwaccels } from '../media/hwaccel.ts';
import { decoders } from '../media/open-video.ts';
import { describeWindow, noticeLine, summaryLines } from './driver-lines.ts';
import { besideProgress } from './driver-progress.ts';
import { showBatch } from './batch.ts';
import { askedOnTerminal } from './agree.ts';
import { addBatchOptions, batchSettingsOf, isBatch, isBatchFlag, stayOn } from './batch-options.ts';
import type { BatchFlags } from './batch-options.ts';
import {
  addDriverFaceOptions,
  describeMeasured,
  driverFaceOptionsOf,
  faceOnly,
  watchDriverFace,
} from './driver-face.ts';
import { interruptible } from './ending.ts';
import { profileLines, refuseProfile } from './profile.ts';
import { progressView } from './progress.ts';
import { userPath } from './user-path.ts';
import { errorColours } from './colours.ts';
import { number } from './values.ts';

/** Flags that are not options of the run. The others keep their names and are checked by the app. */
interface Flags extends BatchFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly trace?: string;
  readonly profile?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel: LogLevel;
  readonly measure: boolean;
  readonly verbose?: boolean;
  readonly threads?: number;
  readonly [option: string]: unknown;
}

export function addDriverCommand(program: Command): void {
  const command = program
    .command('driver')
    .description('watch a driver: measured on this device, and, with --model, asked of a vision-language model as well')
    .argument('<videos...>', 'recordings of a cabin camera, folders, patterns, text files with a path a line, or -')
    .option(
      '-m, --model <model>',
      'ollama/NAME[@http://host:port], openai/NAME@http://host:port/v1 or gguf:MODEL+MMPROJ',
    )
    .option('--embedded', 'let the embedded model answer where no server does')
    .option('--no-embedded', 'do not, and do not ask')
    .addOption(new Option('--device <name>', 'where an embedded model runs (default: auto)').choices(devices))
    .addOption(
      new Option('--preset <name>', 'model, context, image size and frames together').choices([
        'fast',
        'balanced',
        'quality',
      ]),
    )
    .option('--workflow <file.yaml>', 'ask the questions of this file instead')
    .option('-o, --output <folder>', 'where the results go (default: VIDEO.driver.framesift beside the video)')
    .option('--every <seconds>', 'a window this often (default: 2)', number)
    .option('--window <frames>', 'frames of a window, 2–8 (default: 4)', number)
    .option('--from <seconds>', 'begin here', number)
    .option('--until <seconds>', 'end here', number)
    .addOption(
      new Option('--plan <plan>', 'how questions are asked').choices(['auto', 'parallel', 'lanes', 'combined']),
    )
    .addOption(new Option('--aim <aim>', 'what the plan is chosen for').choices(['latency', 'throughput']))
    .option('--concurrency <count>', 'questions at once (default: found out)', number)
    .option('--speculate', 'ask dependent questions early where slots are free (default: with --aim latency)')
    .option('--no-speculate', 'do not')
    .option(
      '--reuse-similar <0-64>',
      'take answers over from a window whose hash differs in at most so many bits',
      number,
    )
    .option('--reuse-at-most <windows>', 'in a row (default: 3)', number)
    .option('--no-adaptive', 'ask every window, also where nothing moves')
    .option('--no-measure', 'only ask the model, measure nothing on this device')
    .option('--calm-gap <seconds>', 'ask at least this often where all is measured to be well (default: 30)', number)
    .option('--max-gap <seconds>', 'ask at least this often where nothing moves (default: 10)', number)
    .option('--image-side <pixels>', 'longest side of the pictures (default: what the model takes)', number)
    .option('--jpeg-quality <1-100>', 'default: 85', number)
    .option('--temperature <0-2>', 'default: 0', number)
    .option('--top-k <count>', 'for the model', number)
    .option('--top-p <0-1>', 'for the model', number)
    .option('--num-ctx <tokens>', 'context window (Ollama, gguf)', number)
    .option('--num-predict <tokens>', 'the most tokens of an answer', number)
    .option('--seed <number>', 'for the model', number)
    .option('--keep-alive <time>', 'how long Ollama keeps the model loaded')
    .option('--no-cache', 'do not take or keep answers in the cache')
    .option('--cache-folder <folder>', 'where answers are kept between runs')
    .option('--cache-megabytes <size>', 'how large that may grow (default: 256)', number)
    .option('--first-token-seconds <seconds>', 'give up on an answer that has not begun (default: 300)', number)
    .option('--answer-seconds <seconds>', 'give up on an answer that has not ended (default: 600)', number)
    .option('--away-seconds <seconds>', 'how long a server may be away before the run stops (default: 300)', number)
    .option('--profile', 'say where the time went, and write trace.json into the results')
    .option('--trace <file.json>', 'write a trace for ui.perfetto.dev')
    .addOption(new Option('--decoder <name>', 'how frames are decoded').choices(decoders))
    .addOption(new Option('--hwaccel <name>', 'hardware to decode with (default: none, the CPU)').choices(hwaccels))
    .option('--threads <count>', 'decoder threads (default: one for each core)', number)
    .option('--force', 'do it again although it is done')
    .option('--json', 'print every event as a line of JSON')
    .option('-q, --quiet', 'print nothing but errors')
    .addOption(new Option('--log-level <level>', 'what goes to run.log').choices(logLevels).default('info'))
    .option('--verbose', 'with an error, print where it came from')
    .addHelpText('after', `\nPresets:\n${describePresets().replaceAll(/^/gm, '  ')}\n`);
  addBatchOptions(addDriverFaceOptions(command)).action(async (videos: string[], flags: Flags, self: Command) => {
    if (flags.cpus !== undefined) stayOn(flags.cpus);
    const asks = ['model', 'workflow', 'preset'].some((name) => self.getOptionValueSource(name) === 'cli');
    const paths = flags.output === undefined ? {} : { output: userPath(flags.output) };
    const [video = ''] = videos;
    if (await isBatch(videos, flags)) {
      refuseProfile(flags);
      const { threads: _, ...options } = asks ? questionsOptionsOf(flags, self) : driverFaceOptionsOf(flags);
      const batch = {
        ...paths,
        logLevel: flags.logLevel,
        ...(flags.force === undefined ? {} : { force: flags.force }),
      };
      const kind = asks ? 'questions' : 'driver-face';
      return showBatch(videos, { ...batch, kind, options, settings: batchSettingsOf(flags) }, flags);
    }
    if (asks) return askAboutVideo(userPath(video), { ...flags, ...paths }, self);
    return watchDriverFace(userPath(video), { ...flags, ...paths });
  });
}

/** Made whole, so that a run can be resumed from elsewhere. */
const pathOptions = new Set(['workflow', 'cacheFolder']);

/** What was really said, of the questions and of measuring: commander gives every --no-… a value. */
function questionsOptionsOf(flags: Flags, command: Command): DriverOptionsInput {
  const {
    output: _o,
    force: _f,
    trace: _t,
    profile: _p,
    json: _j,
    quiet: _q,
    logLevel: _l,
    verbose: _v,
    measure,
    ...rest
  } = flags;
  const options = Object.entries(rest).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  const whole = options
    .filter(([name]) => !isBatchFlag(name) && !faceOnly.has(name))
    .map(([name, value]) => (pathOptions.has(name) ? [name, resolve(userPath(String(value)))] : [name, value]));
  const face = driverFaceOptionsOf(Object.fromEntries(options));
  return { ...Object.fromEntries(whole), ...(measure ? { face } : {}) } as DriverOptionsInput;
}

async function askAboutVideo(video: string, flags: Flags, command: Command): Promise<void> {
  if (flags.json && flags.quiet) throw new FramesiftError('usage', '--json and --quiet exclude each other.');
  const { output, force, trace, profile, json, quiet, logLevel } = flags;
  const options = questionsOptionsOf(flags, command);
  using signal = interruptible();
  // Answers appear as they come where somebody watches; a pipe gets the summary alone.
  const watched = !json && !quiet && process.stdout.isTTY;
  if (options.preset && !quiet && !json) process.stderr.write(`${describePresets()}\n\n`);
  const progress = progressView(process.stderr);
  const beside = besideProgress(options.until);
  const agree = askedOnTerminal(json === true || quiet === true);
  const summary = await askVideo(video, options, {
    signal,
    logLevel,
    ...(agree === undefined ? {} : { agree }),
    ...(output === undefined ? {} : { output }),
    ...(force === undefined ? {} : { force }),
    ...(trace === undefined ? {} : { trace }),
    ...(profile === undefined ? {} : { profile }),
    onEvent: (event) => {
      if (json) {
        if (event.type !== 'activity') process.stdout.write(`${JSON.stringify(plain(event))}\n`);
        return;
      }
      if (quiet) return;
      const far = beside(event);
      if (event.type === 'measuring') return far && progress.show(far);
      progress.clear();
      if (event.type === 'measured') process.stdout.write(`${describeMeasured(event.event)}\n`);
      const notice = noticeLine(event);
      if (notice !== undefined) process.stderr.write(`${notice}\n`);
      if (watched && event.type === 'window') process.stdout.write(describeWindow(event.record));
      if (far) progress.show(far);
    },
  }).finally(() => {
    // Nothing may stand behind a bar.
    if (!json && !quiet) progress.clear();
  });
  if (json) process.stdout.write(`${JSON.stringify({ type: 'finished', ...summary })}\n`);
  else if (!quiet) process.stdout.write(`${summaryLines(summary).join('\n')}\n`);
  if (profile && !json && !quiet) process.stdout.write(await profileLines(summary.folder, summary.alreadyDone));
  for (const warning of quiet || json ? [] : summary.record.warnings) {
    process.stderr.write(`${errorColours.yellow('Warning:')} ${warning}\n`);
  }
}

/** Schemas are objects of a library; a line of JSON names the questions alone. */
function plain(event: { readonly type: string }): unknown {
  if (!('workflow' in event)) return event;
  const { workflow, ...rest } = event as { workflow: { id: string; questions: readonly { id: string }[] } };
  return { ...rest, workflow: workflow.id, questions: workflow.questions.map(({ id }) => id) };
}
