import { basename } from 'node:path';
import { availableParallelism } from 'node:os';
import type { JobKind } from '../core/batch.ts';
import { FramesiftError, exitCodes } from '../core/errors.ts';
import type { RunRecord } from '../core/run.ts';
import { runJob } from '../app/batch/run-job.ts';
import { SharedModels } from '../app/shared-models.ts';
import { batchProgressView } from './batch-progress.ts';
import type { ShownFlags } from './batch.ts';
import { interruptible } from './ending.ts';

/**
 * Goes on with a single run, as its `run.json` says it was begun.
 *
 * @throws FramesiftError with the code that the run fails with; the signal's reason when it is interrupted
 */
export async function continueRun(
  run: RunRecord,
  folder: string,
  { threads = availableParallelism(), json, quiet }: ShownFlags & { readonly threads?: number },
): Promise<void> {
  using signal = interruptible();
  await using shared = new SharedModels();
  const { path: video, bytes } = run.source;
  const progress = json || quiet ? undefined : batchProgressView(process.stderr);
  const job = { video, folder: basename(folder), bytes, attempts: 1 };
  progress?.show({ type: 'batch', folder, atOnce: 1, jobs: [{ ...job, state: 'waiting' }] });
  progress?.show({ type: 'job-started', job: 0 });
  const began = performance.now();
  const result = await runJob(
    { kind: kindOf(run), video, folder, bytes },
    {
      options: run.options,
      threads,
      inTurn: threads === 1,
      force: false,
      logLevel: 'info',
      shared,
      signal,
      onEvent: (event) => progress?.show({ type: 'job-event', job: 0, event }),
    },
  );
  const elapsedSeconds = (performance.now() - began) / 1000;
  if (json) process.stdout.write(`${JSON.stringify({ type: 'job-ended', folder, ...result })}\n`);
  progress?.show({ type: 'job-ended', job: 0, record: { ...job, ...result, elapsedSeconds } });
  progress?.clear();
  signal.throwIfAborted();
  const { error } = result;
  if (!error) return;
  // Said by the line above where there is one; its code still is the command's.
  if (progress) process.exitCode = error.code === 'bug' ? 1 : exitCodes[error.code];
  else throw error.code === 'bug' ? new Error(error.message) : new FramesiftError(error.code, error.message);
}

function kindOf(run: RunRecord): JobKind {
  if (run.workflow === 'slides') return 'slides';
  // A run that asks questions is known by the key of what it asks.
  return 'key' in run ? 'questions' : 'driver-face';
}
