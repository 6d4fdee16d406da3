import type { Command } from 'commander';
import { forgetPictures } from '../app/forget.ts';
import { plural } from '../core/words.ts';
import { print, printJson } from './print.ts';
import { userPath } from './user-path.ts';

/** `forget RUN`: pictures go, figures stay. */
export function addForgetCommand(program: Command): void {
  program
    .command('forget')
    .description("remove a run's pictures and keep its figures, texts and answers")
    .argument('<run>', "the run's folder")
    .option('--json', 'print the result as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action(async (run: string, { json }: { json?: boolean }) => {
      const forgotten = await forgetPictures(userPath(run));
      if (json) return printJson(forgotten);
      const { pictures, overlay } = forgotten;
      const left = overlay === undefined ? '' : `\nIts overlay is a video of yours and was left: ${overlay}`;
      return print(`${plural(pictures, 'picture')} removed; the report was drawn again without them.${left}\n`);
    });
}
