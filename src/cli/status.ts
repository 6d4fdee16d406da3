import { plainText } from '../core/plain-text.ts';
import { nameOf, outColours, print, printJson } from './print.ts';
import type { Command } from 'commander';
import { readStatus } from '../app/batch/status.ts';
import type { FolderStatus } from '../app/batch/status.ts';
import type { JobState } from '../core/batch.ts';
import { tableOf } from './batch-table.ts';
import { userPath } from './user-path.ts';

/** `status OUT`: how far a batch or a run is. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('how far a batch, or a single run, is')
    .argument('<folder>', 'its results')
    .option('--json', 'print it as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const status = await readStatus(userPath(folder));
      if (json) printJson(status);
      else print(describe(status));
    });
}

function describe({ folder, batches, run }: FolderStatus): string {
  if (run) {
    const { state, source, workflow, error } = run;
    const why = error && state !== 'finished' ? `: ${error.message}` : '';
    return `${nameOf(source.name)}: ${workflow.id} ${state}${plainText(why)}\n${state === 'finished' ? '' : howToGoOn(folder)}`;
  }
  const lines = batches.flatMap(({ file, record, held, jobs }) => {
    const counts = Object.entries(Object.groupBy(jobs, ({ state }) => state)) as [JobState, unknown[]][];
    const said = counts.map(([state, those]) => `${those.length} ${state}`).join(', ');
    const what = held ? outColours.cyan('being worked on') : record.state;
    return [
      ...tableOf(jobs),
      '',
      `${file === 'batch.json' ? 'batch' : file}: ${what}; of ${jobs.length} videos ${said}.`,
    ];
  });
  const open = batches.some(({ held, jobs }) => !held && jobs.some(({ state }) => state !== 'finished'));
  return `${lines.join('\n')}\n${open ? howToGoOn(folder) : ''}`;
}

const howToGoOn = (folder: string): string => `Go on with: framesift resume ${folder}\n`;
