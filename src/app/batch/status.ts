import { join, resolve } from 'node:path';
import type { BatchRecord, JobRecord } from '../../core/batch.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { RunRecord } from '../../core/run.ts';
import { readBatches } from '../../store/batch-folder.ts';
import { readRecord } from '../../store/run-folder.ts';
import { isHeld } from '../../store/run-lock.ts';

/** What a results folder holds. */
export interface FolderStatus {
  readonly folder: string;
  readonly batches: readonly BatchStatus[];
  /** Where it is the folder of a single run. */
  readonly run?: RunRecord;
}

export interface BatchStatus {
  readonly file: string;
  readonly record: BatchRecord;
  /** True while a process works on it. */
  readonly held: boolean;
  readonly jobs: readonly JobRecord[];
}

/**
 * How far a batch or a run is, by what lies in its folder.
 *
 * @throws FramesiftError `input` where the folder holds neither
 */
export async function readStatus(path: string): Promise<FolderStatus> {
  const folder = resolve(path);
  const found = await readBatches(folder);
  const batches = await Promise.all(
    found.map(async ({ file, record }) => {
      const held = await isHeld(join(folder, file.replace(/json$/, 'lock')));
      const jobs = await Promise.all(record.jobs.map((job) => asItIs(folder, job, held)));
      return { file, record, held, jobs };
    }),
  );
  if (batches.length > 0) return { folder, batches };
  const run = await readRecord(folder);
  if (!run) throw new FramesiftError('input', `${path}: holds neither a batch nor a run of framesift.`);
  return { folder, batches: [], run };
}

/** The runs know better than a list that a kill may have cut short. */
async function asItIs(folder: string, job: JobRecord, held: boolean): Promise<JobRecord> {
  if (job.state === 'finished' || (held && job.state !== 'running')) return job;
  const run = await readRecord(join(folder, job.folder));
  if (run?.state === 'finished' || run?.state === 'incomplete') return { ...job, state: run.state };
  if (job.state === 'running' && !held) return { ...job, state: 'interrupted' };
  return job;
}
