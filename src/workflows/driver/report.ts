import type { RunRecord } from '../../core/run.ts';
import { concludeDriver } from './rules/conclude.ts';
import { defaultDriverRules } from './rules/rules.ts';
import { renderDriverPage } from '../../export/driver-lanes/page.ts';
import type { DriverLanesData } from '../../export/driver-lanes/section.ts';
import { readMeasurements } from '../../store/measurements.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';
import { readEventsFile } from '../questions/read-events.ts';
import { reportQuestions } from '../questions/report.ts';
import { lanesOf, readDriverFile } from './results.ts';
import { checkDriverRules } from './rules-file.ts';

/** Whether a stage's results lie in the folder. */
export const hasStage = ({ stages }: RunRecord, id: string): boolean =>
  stages.some((stage) => stage.id === id && (stage.state === 'finished' || stage.state === 'incomplete'));

/**
 * Draws `report.html` of what lies in a run's folder: what was measured, what a model answered, or both.
 *
 * @param known what was measured, where it is at hand: else it is read and concluded again
 * @throws FramesiftError `input` or `output`
 */
export async function reportDriver(
  folder: { readonly path: string; file(name: string): string },
  record: RunRecord,
  known?: DriverLanesData,
  to = folder.file(runFiles.report),
): Promise<void> {
  const measured = known ?? (hasStage(record, 'conclude') ? await storedLanes(folder) : undefined);
  if (hasStage(record, 'ask')) {
    const { asked } = await readEventsFile(folder.path);
    return reportQuestions(folder, record, questionsOf(record), asked, measured, to);
  }
  await writeWhole(to, renderDriverPage(`Driver: ${record.source.name}`, measured!));
}

function questionsOf({ workflow: { definition } }: RunRecord): unknown {
  return typeof definition === 'object' && definition !== null && 'questions' in definition
    ? definition.questions
    : undefined;
}

async function storedLanes(folder: { readonly path: string; file(name: string): string }): Promise<DriverLanesData> {
  const { calibration, endSeconds, rules } = await readDriverFile(folder.file(runFiles.driver));
  const table = rules === undefined ? defaultDriverRules : checkDriverRules(rules, folder.file(runFiles.driver));
  const measurements = await readMeasurements(folder.file(runFiles.measurements));
  const conclusion = concludeDriver(measurements, endSeconds, table, calibration.stored ? calibration : undefined);
  const { measured } = await readEventsFile(folder.path);
  return lanesOf(folder.path, conclusion, measured, table, endSeconds);
}
