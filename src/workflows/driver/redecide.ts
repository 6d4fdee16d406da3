import { resolve, join } from 'node:path';
import type { MeasuredEvent } from '../../core/driver-state.ts';
import { FramesiftError } from '../../core/errors.ts';
import { concludeDriver } from './rules/conclude.ts';
import { defaultDriverRules } from './rules/rules.ts';
import { readMeasurements } from '../../store/measurements.ts';
import { runFiles } from '../../store/run-files.ts';
import { RunFolder, readRecord } from '../../store/run-folder.ts';
import { readEventsFile } from '../questions/read-events.ts';
import { reportDriver } from './report.ts';
import {
  lanesOf,
  readDriverFile,
  readStoredCalibration,
  writeConclusion,
  writeEvents,
  type DriverTotals,
} from './results.ts';
import { loadDriverRules } from './rules-file.ts';

export interface RedecideOptions {
  /** YAML table that overrides rules. Default: the rules' own defaults. */
  readonly rules?: string;
  /** `driver.json` of another run, whose calibration is taken over. Default: the one that the run took over, or calibrated anew on its measurements. */
  readonly calibration?: string;
}

/** What `redecide` made of a driver run. */
export interface Redecided extends DriverTotals {
  readonly workflow: 'driver';
  readonly folder: string;
  readonly report: string;
  readonly elapsedMs: number;
  readonly events: Readonly<Record<string, number>>;
  /** Events before and after. */
  readonly before: number;
  readonly after: number;
}

/** An event of the same rule this near shows the same moment. Seconds. */
const sameMoment = 0.5;

/**
 * Decides a driver run again from its stored measurements, without decoding a frame: other rules, other events. Pictures
 * and a model's opinions of events that were there before are kept; new ones have none. The run's record says by which
 * rules it was decided, so that its command does not take it for the one that it was.
 *
 * @throws FramesiftError `input` where the folder holds no finished driver run, `usage` where a rule is wrong, `output`
 */
export async function redecideDriver(run: string, options: RedecideOptions = {}): Promise<Redecided> {
  const started = performance.now();
  const path = resolve(run);
  const rules = options.rules === undefined ? defaultDriverRules : await loadDriverRules(options.rules);
  const given = options.calibration === undefined ? undefined : await readStoredCalibration(options.calibration);
  const { endSeconds, calibration: own } = await readDriverFile(join(path, runFiles.driver));
  const record = await readRecord(path);
  if (!record) throw new FramesiftError('input', `${run}: holds no run. Give the folder of a finished driver run.`);
  await using folder = await RunFolder.open(path, { source: record.source, workflow: record.workflow.id });
  const known = given ?? (own.stored ? own : undefined);
  const measurements = await readMeasurements(folder.file(runFiles.measurements));
  const before = await readEventsFile(path);
  const conclusion = concludeDriver(measurements, endSeconds, rules, known);
  const events = conclusion.events.map((event) => withWhatIsKnown(event, before.measured));
  await writeEvents(path, events, before.asked);
  const totals = await writeConclusion(path, conclusion, rules, endSeconds);
  const stages = record.stages.map((stage) =>
    stage.id === 'conclude' ? { ...stage, decides: { ...stage.decides, rules, calibration: known } } : stage,
  );
  const definition = { ...(record.workflow.definition as object), rules };
  const decided = { ...record, stages, workflow: { ...record.workflow, definition } };
  await folder.writeRecord(decided);
  await reportDriver(folder, decided, await lanesOf(path, conclusion, events, rules, endSeconds));
  const counts = { before: before.measured.length, after: events.length };
  const report = folder.file(runFiles.report);
  return { ...totals, workflow: 'driver', folder: path, ...counts, report, elapsedMs: performance.now() - started };
}

/** An event of the same rule at the same moment has its picture; its opinion, too, if that was of the same span. */
function withWhatIsKnown(event: MeasuredEvent, before: readonly MeasuredEvent[]): MeasuredEvent {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= sameMoment;
  const old = before.find(({ rule, raisedAt }) => rule === event.rule && near(raisedAt, event.raisedAt));
  const sameSpan = old && near(old.start, event.start) && near(old.end, event.end);
  return {
    ...event,
    ...(old?.image === undefined ? {} : { image: old.image }),
    ...(sameSpan && old.opinion ? { opinion: old.opinion } : {}),
  };
}
