import { print, printJson } from './print.ts';
import { text as readAll } from 'node:stream/consumers';
import { analyzeBatch } from '../app/batch/batch.ts';
import type { BatchOptions } from '../app/batch/batch.ts';
import { findVideos } from '../engine/batch/inputs.ts';
import { exitCodes, FramesiftError } from '../core/errors.ts';
import { batchProgressView } from './batch-progress.ts';
import { describeBatch } from './batch-table.ts';
import { interruptible } from './ending.ts';
import { userPath } from './user-path.ts';

/** Flags that say how a batch is shown. */
export interface ShownFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Works through a batch and shows how it goes.
 *
 * @throws FramesiftError `batch` when a video failed
 */
export async function showBatch(
  inputs: readonly string[],
  batch: Omit<BatchOptions, 'videos' | 'signal'>,
  flags: ShownFlags,
): Promise<void> {
  const videos = await findVideos(inputs, { standardInput: () => readAll(process.stdin), locate: userPath });
  await showJobs({ ...batch, videos }, flags);
}

/** The same for videos that were found already. */
export async function showJobs(batch: Omit<BatchOptions, 'signal'>, { json, quiet }: ShownFlags): Promise<void> {
  if (json && quiet) throw new FramesiftError('usage', '--json and --quiet exclude each other.');
  using signal = interruptible();
  const progress = json || quiet ? undefined : batchProgressView(process.stderr);
  let failed = 0;
  let all = 0;
  try {
    for await (const event of analyzeBatch({ ...batch, signal })) {
      if (json) printJson(event);
      progress?.show(event);
      if (event.type !== 'batch-finished') continue;
      progress?.clear();
      all = event.summary.jobs.length;
      failed = event.summary.jobs.filter(({ state }) => state !== 'finished' && state !== 'incomplete').length;
      if (event.summary.jobs.some(({ state }) => state === 'incomplete')) process.exitCode = exitCodes.incomplete;
      if (!json && !quiet) print(describeBatch(event.summary));
    }
  } finally {
    progress?.clear();
  }
  if (failed > 0) {
    throw new FramesiftError(
      'batch',
      `${failed} of ${all} videos were not finished. The table and batch.json say why.`,
    );
  }
}
