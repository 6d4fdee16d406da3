import { join } from 'node:path';
import { FramesiftError } from '../core/errors.ts';
import { csv } from '../export/formats/csv.ts';
import type { ExportFormat } from '../export/formats/format.ts';
import { json } from '../export/formats/json.ts';
import { parquet } from '../export/formats/parquet.ts';
import { prepareFile, writeWhole } from '../store/write-file.ts';
import { reportDriver } from '../workflows/driver/report.ts';
import { readEventsFile } from '../workflows/questions/read-events.ts';
import { reportQuestions } from '../workflows/questions/report.ts';
import { reportSlides } from '../workflows/slides/report.ts';
import { runFiles } from '../store/run-files.ts';
import { openRun, type OpenedRun } from './open-run.ts';

/** Forms that are written from tables and records alone. A further one is a file in `export/formats/` and a name here. */
const formats: readonly ExportFormat[] = [csv, parquet, json];

/** The page is drawn by the workflow that the run is of. */
const report = { id: 'report', title: 'the page, drawn anew from the results' } as const;

/** What `export` can write, for people. */
export const exportFormats = (): readonly Pick<ExportFormat, 'id' | 'title'>[] => [report, ...formats];

/**
 * Writes the results of a run in another form. The run itself is not changed by it.
 *
 * @param to absolute path of the file. Default: the form's own name within the run folder
 * @returns the file's path
 * @throws FramesiftError `usage` for a form that there is not, `input` for a run without such results, `output`
 */
export async function exportRun(path: string, format: string, to?: string): Promise<string> {
  const run = await openRun(path);
  if (run.record.state !== 'finished' && run.record.state !== 'incomplete') {
    throw new FramesiftError('input', `${path}: its run has not ended. Go on with: framesift resume ${path}`);
  }
  if (format === report.id) return drawReport(run, to ?? join(run.folder, runFiles.report));
  const form = formats.find(({ id }) => id === format);
  if (!form) {
    const names = exportFormats().map(({ id }) => id);
    throw new FramesiftError('usage', `${format}: no such form. There are ${names.join(', ')}.`);
  }
  const file = to ?? join(run.folder, form.fileName(run));
  await prepareFile(file, 'Name another file with -o.');
  await writeWhole(file, form.write(run));
  return file;
}

/** Draws the page of a run of what lies in its folder. @throws FramesiftError `input` or `output` */
export async function drawReport({ folder, record, has }: OpenedRun, to: string): Promise<string> {
  await prepareFile(to, 'Name another file with -o.');
  const place = { path: folder, file: (name: string) => join(folder, name) };
  if (has('slides')) await reportSlides(place, record, to);
  else if (record.workflow.id === 'driver') await reportDriver(place, record, undefined, to);
  else {
    const { asked } = await readEventsFile(folder);
    await reportQuestions(place, record, record.workflow.definition, asked, undefined, to);
  }
  return to;
}
