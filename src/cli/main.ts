import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { version } from '../app/version.ts';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { smallYoungGeneration } from '../core/v8-flags.ts';
import { addBenchCommand } from './bench.ts';
import { addCalibrateCommand } from './calibrate.ts';
import { addCompareCommand } from './compare.ts';
import { showDemo } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addDriverCommand } from './driver.ts';
import { endWith, usageLine } from './ending.ts';
import { addModelsCommand } from './models.ts';
import { addRedecideCommand } from './redecide.ts';
import { addResumeCommand } from './resume.ts';
import { addStatusCommand } from './status.ts';
import { addSlidesCommand, withSlidesOptions } from './slides.ts';
import type { SlidesFlags } from './slides.ts';

// For the command alone: in the process of those who use the library it is not ours to set.
setFlagsFromString(smallYoungGeneration);

const program = new Command('framesift')
  .description(
    'Turns video into structured, timestamped, searchable results by looking only at the frames that matter.\n' +
      'With no command: draws a short sample talk and finds its slides.',
  )
  .version(version)
  .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
  .enablePositionalOptions()
  .exitOverride();

addSlidesCommand(program);
addDriverCommand(program);
addCompareCommand(program);
addRedecideCommand(program);
addModelsCommand(program);
addStatusCommand(program);
addResumeCommand(program);
addCalibrateCommand(program);
addDoctorCommand(program);
addBenchCommand(program);
withSlidesOptions(program)
  .argument('[words...]')
  .action((words: string[], flags: SlidesFlags) => {
    const [word] = words;
    if (word === undefined) return showDemo(flags);
    throw new FramesiftError('usage', `${word}: no such command. For the slides of a video: framesift slides ${word}`);
  });

// Whoever reads has read enough (`framesift models | head`): that is no fault, and there is nobody left to tell.
process.stdout.on('error', (error) => {
  if (systemCodeOf(error) === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own line by then; help and version are no mistakes.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else endWith(error, process.argv.includes('--verbose'));
}
