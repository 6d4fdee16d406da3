import { printAside } from './print.ts';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FramesiftError } from '../core/errors.ts';
import { flagOf } from '../workflows/parse-options.ts';
import { describePresets } from '../workflows/questions/options.ts';
import { isPrice } from '../workflows/questions/price.ts';
import { isBatchFlag } from './batch-options.ts';
import { addModelOptions, addQuestionOptions } from './question-options.ts';
import { addCommonOptions, addRunOptions, groups, isRunFlag, type RunFlags } from './run-options.ts';
import { showRuns } from './show-run.ts';
import { userPath } from './user-path.ts';
import { number } from './values.ts';

interface Flags extends RunFlags {
  readonly workflow?: string;
  readonly [option: string]: unknown;
}

const presetHelp = (): string => `\nPresets:\n${describePresets().replaceAll(/^/gm, '  ')}\n`;

export function addDriverCommand(program: Command): void {
  const command = program
    .command('driver')
    .description('watch a driver: measured on this device, and, with --model, asked of a vision-language model as well')
    .argument('<videos...>', 'recordings of a cabin camera, folders, patterns, text files with a path a line, or -');
  addModelOptions(addCommonOptions(command, 'VIDEO.driver.framesift'));
  command
    .optionsGroup(groups.measure)
    .option('--overlay <out.mp4>', 'also write the video with what was measured drawn in')
    .option('--face-fps <count>', 'measure the face this often a second (default: 10)', number)
    .option(
      '--drive <left|right>',
      'side of the car that the driver sits on, the camera in front (default: the largest face drives)',
    )
    .option('--seat <x,y,w,h>', "the driver's seat, as shares of the picture (default: the largest face)", numbers)
    .option('--no-objects', 'do not look for phones and hands')
    .option('--rules <file>', 'YAML table that overrides thresholds')
    .option('--calibration <file>', 'driver.json of an earlier run of the same driver and camera')
    .option('--no-measure', 'only ask the model, measure nothing on this device')
    .option('--calm-gap <seconds>', 'ask at least this often where all is measured to be well (default: 30)', number);
  addRunOptions(addQuestionOptions(command))
    .option('--workflow <file.yaml>', 'the same as: framesift ask --workflow')
    .addHelpText('after', presetHelp)
    .action(async (videos: string[], flags: Flags, self: Command) => {
      const { workflow, ...options } = givenOptions(flags, self);
      if (typeof workflow !== 'string') return showRuns({ workflow: { id: 'driver' }, videos, options }, flags);
      for (const name of onlyDriver) {
        if (name in options) {
          throw new FramesiftError(
            'usage',
            `${flagOf(name)} has no effect here: a workflow of your own measures nothing.`,
          );
        }
      }
      await showRuns({ workflow: { id: '', file: workflow }, videos, options }, flags);
      if (!flags.quiet && !flags.json) printAside(`The same, in short: framesift ask … --workflow ${workflow}\n`);
    });
}

const onlyDriver = [
  'faceFps',
  'seat',
  'drive',
  'objects',
  'rules',
  'calibration',
  'overlay',
  'measure',
  'calmGap',
] as const;

export function addAskCommand(program: Command): void {
  const command = program
    .command('ask')
    .description('ask a vision-language model questions of your own about any video, every few seconds of it')
    .argument('<videos...>', 'recordings, folders, patterns, text files with a path a line, or -')
    .requiredOption('-w, --workflow <file.yaml>', 'the questions, and the events that follow from their answers');
  addModelOptions(addCommonOptions(command, 'VIDEO.NAME.framesift'));
  addRunOptions(addQuestionOptions(command))
    .addHelpText('after', presetHelp)
    .action((videos: string[], flags: Flags, self: Command) => {
      const { workflow, ...options } = givenOptions(flags, self);
      return showRuns({ workflow: { id: '', file: String(workflow) }, videos, options }, flags);
    });
}

const isPath = (name: string, value: unknown): boolean =>
  pathOptions.has(name) || (name === 'price' && !isPrice(String(value)));

/** Made whole, so that a run can be resumed from elsewhere. */
const pathOptions = new Set(['workflow', 'cacheFolder', 'rules', 'calibration', 'overlay']);

/** What was really said: commander gives every --no-… a value. */
function givenOptions(flags: Flags, command: Command): Record<string, unknown> {
  const options = Object.entries(flags)
    .filter(([name]) => command.getOptionValueSource(name) === 'cli' && !isBatchFlag(name) && !isRunFlag(name))
    .map(([name, value]) => [name, isPath(name, value) ? resolve(userPath(String(value))) : value]);
  return Object.fromEntries(options) as Record<string, unknown>;
}

const numbers = (text: string): number[] => text.split(',').map(number);
