import type { Command } from 'commander';
import { readStatus } from '../app/batch/status.ts';
import { trustedOptions, type GivenAgain } from '../app/trust.ts';
import type { BatchStatus } from '../app/batch/status.ts';
import { isOwn, type Marked } from '../store/own-mark.ts';
import { FramesiftError } from '../core/errors.ts';
import type { BatchSettings } from '../core/batch.ts';
import { flagOf } from '../workflows/parse-options.ts';
import { addBatchOptions, batchFlagNames, batchSettingsOf, stayOn } from './batch-options.ts';
import type { BatchFlags } from './batch-options.ts';
import { showJobs } from './batch.ts';
import type { ShownFlags } from './batch.ts';
import { continueRun } from './continue-run.ts';
import { userPath } from './user-path.ts';
import { number } from './values.ts';
import { defined } from '../core/defined.ts';

type Flags = BatchFlags & ShownFlags & GivenAgain & { readonly threads?: number; readonly trust?: boolean };

/** `resume OUT`: goes on with a batch or a run, with the options it was begun with. */
export function addResumeCommand(program: Command): void {
  const command = program
    .command('resume')
    .description('go on with a batch, or a single run, that was interrupted or of which videos failed')
    .argument('<folder>', 'its results')
    .option('--threads <count>', 'threads of each video', number)
    .option('--trust', 'these results are mine: use the servers and write to the places that their options name')
    .option('-m, --model <model>', 'the model at its address, given again: its key is not kept')
    .option('--context <model>', 'the same for the model of the context')
    .option('--json', 'print every event as a line of JSON')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--verbose', 'with an error, print where it came from');
  addBatchOptions(command).action(async (folder: string, flags: Flags) => {
    if (flags.cpus !== undefined) stayOn(flags.cpus);
    const { batches, run, folder: output } = await readStatus(userPath(folder));
    if (run) {
      refuseBatchFlags(flags);
      return continueRun({ ...run, options: await trusted(folder, run, flags) }, output, flags);
    }
    const failures: FramesiftError[] = [];
    for (const batch of batches) {
      const options = await trusted(folder, batch.record, flags);
      // Another machine's shard is its own business.
      if (batch.held && batches.length > 1) continue;
      await resumeBatch({ ...batch, record: { ...batch.record, options } }, output, flags).catch((error: unknown) => {
        if (!(error instanceof FramesiftError) || error.code !== 'batch') throw error;
        failures.push(error);
      });
    }
    if (failures[0]) throw failures[0];
  });
}

/** The options of results that are the user's own by their mark, by their word, or that reach nowhere. */
async function trusted(
  folder: string,
  record: Marked & { readonly mark?: string | undefined },
  { trust = false, model, context }: Flags,
): Promise<Readonly<Record<string, unknown>>> {
  return trustedOptions(folder, record.options, {
    trusted: trust || (await isOwn(userPath(folder), record)),
    again: defined({ model, context }),
    file: record.workflow.file,
  });
}

function resumeBatch({ record }: BatchStatus, output: string, flags: Flags): Promise<void> {
  const videos = record.jobs.map(({ video }) => video);
  // The list is the shard's already, and its limit was applied when it was made.
  const { limit: _l, ...before } = record.settings;
  const settings: BatchSettings = { ...before, ...given(flags), ...(before.shard ? { shard: before.shard } : {}) };
  return showJobs(
    { workflow: record.workflow, videos, options: record.options, output, settings, listed: true },
    flags,
  );
}

/** @throws FramesiftError `usage`: a single run has nothing that these could change */
function refuseBatchFlags(flags: Flags): void {
  const given = batchFlagNames.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new FramesiftError('usage', `${flagOf(given)} has no effect here: it needs a batch, and this is a single run.`);
}

/** What was said now counts more than what was said then. */
function given(flags: Flags): Partial<BatchSettings> {
  const { jobs, ...rest } = batchSettingsOf(flags);
  return flags.jobs === undefined ? rest : { jobs, ...rest };
}
