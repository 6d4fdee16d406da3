import { availableParallelism } from 'node:os';
import { LocalAdapters } from '../app/adapters/local-adapters.ts';
import { workflowOfRun } from '../app/registry.ts';
import type { RunRecord } from '../core/run.ts';
import type { RunFlags } from './run-options.ts';
import { showRun } from './show-run.ts';

/**
 * Goes on with a single run, as its `run.json` says it was begun.
 *
 * @throws FramesiftError with the code that the run fails with; the signal's reason when it is interrupted
 */
export async function continueRun(
  run: RunRecord,
  folder: string,
  { threads = availableParallelism(), json, quiet }: Pick<RunFlags, 'threads' | 'json' | 'quiet'>,
): Promise<void> {
  await using adapters = new LocalAdapters();
  const workflow = workflowOfRun(run, folder, adapters);
  await showRun(
    { workflow, video: run.source.path, input: { ...run.options, threads } },
    { output: folder, logLevel: 'info', ...(json ? { json } : {}), ...(quiet ? { quiet } : {}) },
  );
}
