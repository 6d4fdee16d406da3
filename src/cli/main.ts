import { Command, CommanderError } from 'commander';
import { version } from '../app/version.ts';
import { endWith } from './ending.ts';
import { addSlidesCommand } from './slides.ts';

const program = new Command('framesift')
  .description('Turns video into structured, timestamped, searchable results by looking only at the frames that matter.')
  .version(version)
  .showHelpAfterError('(framesift --help tells what there is)')
  .exitOverride();

addSlidesCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else endWith(error, process.argv.includes('--verbose'));
}
