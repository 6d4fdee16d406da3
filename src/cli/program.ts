import { Help, Option, type Command } from 'commander';
import { FramesiftError } from '../core/errors.ts';
import { addBenchCommand } from './bench.ts';
import { addCalibrateCommand } from './calibrate.ts';
import { addCompareCommand } from './compare.ts';
import { showDemo, type DemoFlags } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addAskCommand, addDriverCommand } from './driver.ts';
import { usageLine } from './ending.ts';
import { addExportCommand } from './export.ts';
import { addForgetCommand } from './forget.ts';
import { addFollowCommand } from './follow.ts';
import { addModelsCommand } from './models.ts';
import { addRedecideCommand } from './redecide.ts';
import { addResumeCommand } from './resume.ts';
import { print, printAside } from './print.ts';
import { addSlidesCommand } from './slides.ts';
import { addStatusCommand } from './status.ts';

/** The whole command line: every command with its options. Nothing is read or run before it is parsed. */
export function buildProgram(program: Command): Command {
  program
    .description(
      'Turns video into structured, timestamped, searchable results by looking only at the frames that matter.\n' +
        'With no command: draws a short sample talk and finds its slides.',
    )
    .configureHelp({ formatHelp: commandsFirst })
    .configureOutput({
      writeOut: print,
      writeErr: printAside,
      outputError: (text, write) => write(usageLine(text)),
    })
    .enablePositionalOptions()
    .exitOverride();
  program.commandsGroup('Find:');
  addSlidesCommand(program);
  addDriverCommand(program);
  addAskCommand(program);
  program.commandsGroup('Go on with results:');
  addStatusCommand(program);
  addFollowCommand(program);
  addResumeCommand(program);
  addRedecideCommand(program);
  addExportCommand(program);
  addCompareCommand(program);
  addForgetCommand(program);
  program.commandsGroup('Models and this machine:');
  addModelsCommand(program);
  addCalibrateCommand(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  return addDemo(program);
}

/** Commands are what a newcomer looks for: `framesift --help` lists them before its own options. */
function commandsFirst(command: Command, helper: Help): string {
  const text = Help.prototype.formatHelp.call(helper, command, helper);
  if (command.parent) return text;
  const [, before = '', options = '', rest = ''] = /^([^]*?)(Options:\n[^]*?\n\n)([^]*)$/.exec(text) ?? [];
  return before === '' ? text : `${before}${rest.trimEnd()}\n\n${options.trimEnd()}\n`;
}

/** Their help stands below that of the commands, which are what a newcomer looks for. */
const demoOptions = [
  new Option('-o, --output <folder>', 'where the sample and its results go (default: framesift-demo)'),
  new Option('-q, --quiet', 'print nothing but errors'),
  new Option('--json', 'print every event as a line of JSON'),
  new Option('--verbose', 'with an error, print where it came from'),
];

function addDemo(program: Command): Command {
  for (const option of demoOptions) program.addOption(option.hideHelp());
  program.addHelpText('after', () => {
    const lines = demoOptions.map(({ flags, description }) => `  ${flags.padEnd(26)}${description}`);
    return `\nWith no command:\n${lines.join('\n')}\n`;
  });
  return program.argument('[words...]').action((words: string[], flags: DemoFlags) => {
    const [word] = words;
    if (word === undefined) return showDemo(flags);
    throw new FramesiftError('usage', `${word}: no such command. For the slides of a video: framesift slides ${word}`);
  });
}
