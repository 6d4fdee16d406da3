import { join } from 'node:path';
import type { Event } from '../core/event.ts';
import type { Observation, WindowDecision } from '../core/observation.ts';
import type { RunRecord } from '../core/run.ts';
import type { DriverLanesData } from '../export/driver-lanes/section.ts';
import { renderDriverReport } from '../export/driver-report/report.ts';
import { observationFiles, readLines } from '../store/observations.ts';
import { writeWhole } from '../store/write-file.ts';
import { driver } from '../workflows/driver/workflow.ts';

/** Whether a run asked a model questions, besides what it may have measured. */
export const isQuestionsRecord = (record: RunRecord): boolean => record.models.some(({ use }) => use === 'questions');

/**
 * Draws the report of a run anew that asked the driver's questions and measured, from what lies in its folder.
 *
 * @returns its path. Throws FramesiftError `output`.
 */
export async function writeQuestionsReport(
  folder: string,
  record: RunRecord,
  events: readonly Event[],
  measured: DriverLanesData,
): Promise<string> {
  const observations = await readLines<Observation>(join(folder, observationFiles.observations));
  const decisions = await readLines<WindowDecision>(join(folder, observationFiles.ledger));
  const { every } = record.options;
  const everySeconds = typeof every === 'number' ? every : driver.sample.everySeconds;
  const workflow = { ...driver, sample: { ...driver.sample, everySeconds } };
  const report = { record, workflow, observations, events, decisions, measured };
  const path = join(folder, observationFiles.report);
  await writeWhole(path, renderDriverReport(report));
  return path;
}
