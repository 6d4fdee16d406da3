import { relative } from 'node:path';
import type { Decision, RunRecord } from '../../core/run.ts';
import { renderReport } from '../../export/report/report.ts';
import { decisionLine } from '../../store/line-schemas.ts';
import { wholeLines } from '../../store/lines.ts';
import { readOwnFile } from '../../store/own-file.ts';
import { readShown, readSlides } from '../../store/read-slides.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';

/** What a report is drawn of: a run's folder, open or not. */
export interface ReportFolder {
  readonly path: string;
  file(name: string): string;
}

/** Draws `report.html` of what lies in the folder. Throws FramesiftError `input` or `output`. */
export async function reportSlides(
  folder: ReportFolder,
  record: RunRecord,
  to = folder.file(runFiles.report),
): Promise<void> {
  const page = renderReport({
    record,
    slides: await readSlides(folder.path),
    shown: await readShown(folder.path),
    decisions: readLedger(folder.file(runFiles.ledger)),
    loadImage: (image) => readOwnFile(folder.path, image),
    videoHref: relative(folder.path, record.source.path).split(/[\\/]/).map(encodeURIComponent).join('/'),
  });
  await writeWhole(to, page);
}

/** A line that was damaged is left out of the page. */
async function* readLedger(path: string): AsyncGenerator<Decision> {
  for await (const { value } of wholeLines(path, decisionLine)) yield value;
}
