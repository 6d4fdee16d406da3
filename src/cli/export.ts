import { print } from './print.ts';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { exportFormats, exportRun } from '../app/export.ts';
import { shortPath } from './run-lines.ts';
import { userPath } from './user-path.ts';

interface Flags {
  readonly to: string;
  readonly output?: string;
  readonly quiet?: boolean;
}

/** `export RUN --to FORMAT`: the results in another form. */
export function addExportCommand(program: Command): void {
  const formats = exportFormats().map(({ id, title }) => `  ${id.padEnd(10)}${title}`);
  program
    .command('export')
    .description("write a run's results in another form")
    .argument('<run>', "the run's folder")
    .addOption(
      new Option('--to <format>', 'the form').choices(exportFormats().map(({ id }) => id)).makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'where it goes (default: a file in the run folder)')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--verbose', 'with an error, print where it came from')
    .addHelpText('after', `\nForms:\n${formats.join('\n')}\n`)
    .action(async (run: string, { to, output, quiet }: Flags) => {
      const file = await exportRun(userPath(run), to, output === undefined ? undefined : resolve(userPath(output)));
      if (!quiet) print(`${shortPath(file)}\n`);
    });
}
