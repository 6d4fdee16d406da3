import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { version } from '../core/version.ts';
import { smallYoungGeneration } from '../core/v8-flags.ts';
import { endUnprintable, endWith } from './ending.ts';
import { buildProgram } from './program.ts';

// For the command alone: in the process of those who use the library it is not ours to set.
setFlagsFromString(smallYoungGeneration);

const program = buildProgram(new Command('framesift').version(version, '-V, --version', 'print the version'));

endUnprintable();

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own line by then; help and version are no mistakes.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else endWith(error, process.argv.includes('--verbose'));
}
