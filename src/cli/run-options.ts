import { Option, type Command } from 'commander';
import { logLevels, type LogLevel } from '../store/run-log.ts';
import { hwaccels } from '../media/hwaccel.ts';
import { decoders } from '../media/open-video.ts';
import { redactions } from '../workflows/redaction.ts';
import { addBatchOptions, type BatchFlags } from './batch-options.ts';
import { number } from './values.ts';

/** Flags of every command that runs a workflow, as commander hands them over. */
export interface RunFlags extends BatchFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel: LogLevel;
  readonly profile?: boolean;
  readonly trace?: string;
  readonly verbose?: boolean;
  readonly threads?: number;
  readonly maxPixels?: number;
  readonly maxFrames?: number;
  readonly maxMemoryMb?: number;
  readonly maxSeconds?: number;
  readonly maxOutputMb?: number;
}

/** Headings under which `--help` lists options, in this order. */
export const groups = {
  common: 'Common options:',
  slides: 'What a slide is:',
  text: 'Text and context:',
  measure: 'Measuring on this device:',
  model: 'The model and its questions:',
  server: 'The server:',
  pictures: 'Models of pictures:',
  decoding: 'Decoding:',
  limits: 'What each video may take:',
  batch: 'Several videos:',
  output: 'What is shown:',
} as const;

/** What every run takes: where, which part, whether again. */
export function addCommonOptions(command: Command, where: string): Command {
  return command
    .optionsGroup(groups.common)
    .option('-o, --output <folder>', `where the results go (default: ${where} beside the video)`)
    .option('--from <seconds>', 'begin here', number)
    .option('--until <seconds>', 'end here', number)
    .addOption(
      new Option('--redact <what>', 'make them unrecognizable in every picture before it is sent or stored').choices(
        redactions,
      ),
    )
    .option('--force', 'do it again although it is done');
}

/** What every run takes: how it is decoded, how several are worked through, what is shown. */
export function addRunOptions(command: Command): Command {
  command
    .optionsGroup(groups.decoding)
    .addOption(new Option('--decoder <name>', 'how frames are decoded').choices(decoders))
    .addOption(new Option('--hwaccel <name>', 'hardware to decode with (default: none, the CPU)').choices(hwaccels))
    .option(
      '--threads <count>',
      'threads that work on each video; 1: one core at most (default: the cores, shared by concurrent videos)',
      number,
    )
    .optionsGroup(groups.limits)
    .option('--max-pixels <count>', 'of one picture (default: 100 million)', number)
    .option('--max-frames <count>', 'of the video (default: 20 million)', number)
    .option('--max-memory-mb <MB>', 'that decoding may take (default: 4096)', number)
    .option('--max-seconds <seconds>', 'that a run may take; what is done is kept (default: any time)', number)
    .option('--max-output-mb <MB>', 'that results may take (default: any room)', number)
    .optionsGroup(groups.batch);
  addBatchOptions(command);
  return command
    .optionsGroup(groups.output)
    .option('--json', 'print every event as a line of JSON')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--profile', 'say where the time went, and write trace.json for ui.perfetto.dev')
    .option('--trace <file>', 'write that trace to this file')
    .addOption(new Option('--log-level <level>', 'what goes to run.log').choices(logLevels).default('info'))
    .option('--verbose', 'with an error, print where it came from');
}

/** Names of flags that are about the run, and no option of its workflow. */
const runFlagNames = new Set(['output', 'force', 'json', 'quiet', 'logLevel', 'profile', 'trace', 'verbose']);

export const isRunFlag = (name: string): boolean => runFlagNames.has(name);
