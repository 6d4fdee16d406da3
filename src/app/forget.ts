import { join, resolve } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import { removePictures } from '../store/pictures.ts';
import { runFiles } from '../store/run-files.ts';
import { readRecord, RunFolder } from '../store/run-folder.ts';
import { drawReport } from './export.ts';
import { openRun } from './open-run.ts';

/** What became of a run's pictures. */
export interface Forgotten {
  readonly folder: string;
  /** Pictures that were removed. */
  readonly pictures: number;
  /** A video with what was measured drawn in, which lies outside of the folder and was left where it is. */
  readonly overlay?: string;
}

/**
 * Removes all pictures of a run that has ended and keeps its figures, texts and answers. Its report is drawn again without
 * pictures. The same command finds it done as before; `--force` makes it again with pictures.
 *
 * @throws FramesiftError `input` where the folder holds no run that has ended, `output`
 */
export async function forgetPictures(path: string): Promise<Forgotten> {
  const folder = resolve(path);
  const record = await readRecord(folder);
  if (!record) throw new FramesiftError('input', `${path}: holds no run of framesift. Give the folder of a run.`);
  if (record.state === 'running' || record.state === 'interrupted') {
    throw new FramesiftError('input', `${path}: its run has not ended. Go on with: framesift resume ${path}`);
  }
  await using held = await RunFolder.open(folder, { source: record.source, workflow: record.workflow.id });
  await held.writeRecord({ ...record, forgotten: new Date().toISOString() });
  const pictures = await removePictures(folder);
  if (record.state !== 'failed') await drawReport(await openRun(folder), join(folder, runFiles.report));
  const { overlay } = record.options;
  return { folder, pictures, ...(typeof overlay === 'string' ? { overlay } : {}) };
}
