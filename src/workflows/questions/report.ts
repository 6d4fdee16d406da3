import type { Event } from '../../core/event.ts';
import type { RunRecord } from '../../core/run.ts';
import type { DriverLanesData } from '../../export/driver-lanes/section.ts';
import { renderDriverReport } from '../../export/driver-report/report.ts';
import { observationLine, windowDecisionLine } from '../../store/line-schemas.ts';
import { readLines } from '../../store/lines.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';
import { workflowOf } from '../definition.ts';

/**
 * Draws the report of a run that asked questions, of what lies in its folder.
 *
 * @param definition of the questions, as `run.json` holds it
 * @param events what was concluded from the answers
 * @param measured what was measured beside, where it was
 * @throws FramesiftError `input` or `output`
 */
export async function reportQuestions(
  folder: { readonly path: string; file(name: string): string },
  record: RunRecord,
  definition: unknown,
  events: readonly Event[],
  measured?: DriverLanesData,
  to = folder.file(runFiles.report),
): Promise<void> {
  const observations = await readLines(folder.file(runFiles.observations), observationLine);
  const decisions = await readLines(folder.file(runFiles.ledger), windowDecisionLine);
  const workflow = workflowOf(definition, folder.path);
  const page = renderDriverReport({
    record,
    workflow,
    observations,
    events,
    decisions,
    ...(measured ? { measured } : {}),
  });
  await writeWhole(to, page);
}
