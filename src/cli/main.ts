import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { version } from '../core/version.ts';
import { systemCodeOf } from '../core/errors.ts';
import { smallYoungGeneration } from '../core/v8-flags.ts';
import { endWith } from './ending.ts';
import { buildProgram } from './program.ts';

// For the command alone: in the process of those who use the library it is not ours to set.
setFlagsFromString(smallYoungGeneration);

const program = buildProgram(new Command('framesift').version(version, '-V, --version', 'print the version'));

// Whoever reads has read enough (`framesift models | head`): that is no fault, and there is nobody left to tell. A run
// under way is stopped in order, so that it can be continued.
let unread = false;
process.stdout.on('error', (error) => {
  if (systemCodeOf(error) !== 'EPIPE') throw error;
  if (unread) return;
  unread = true;
  if (process.listenerCount('SIGTERM') === 0) process.exit(0);
  process.emit('SIGTERM', 'SIGTERM');
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own line by then; help and version are no mistakes.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else endWith(error, process.argv.includes('--verbose'));
}
