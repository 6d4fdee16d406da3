import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { MeasuredEvent } from '../core/driver-state.ts';
import type { Event } from '../core/event.ts';
import { concludeDriver } from '../detect/driver/conclude.ts';
import { defaultDriverRules } from '../detect/driver/rules.ts';
import { measurementFiles, readMeasurements } from '../store/measurements.ts';
import { readRecord } from '../store/run-folder.ts';
import {
  driverFaceFiles,
  lanesOf,
  readDriverFile,
  readStoredCalibration,
  writeConclusion,
  writeDriverReport,
  writeEvents,
  type DriverFaceTotals,
} from './driver-face-results.ts';
import { loadDriverRules } from './driver-rules.ts';
import { isQuestionsRecord, writeQuestionsReport } from './questions-report.ts';

export interface RedecideOptions {
  /** YAML table that overrides rules. Default: the rules' own defaults. */
  readonly rules?: string;
  /** `driver.json` of another run, whose calibration is taken over. Default: the one that the run took over, or calibrated anew on its measurements. */
  readonly calibration?: string;
}

export interface Redecided extends DriverFaceTotals {
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
 * and a model's opinions of events that were there before are kept; new ones have none.
 *
 * @throws FramesiftError `input` where the folder holds no finished driver run, `usage` where a rule is wrong
 */
export async function redecide(run: string, options: RedecideOptions = {}): Promise<Redecided> {
  const started = performance.now();
  const folder = resolve(run);
  const rules = options.rules === undefined ? defaultDriverRules : await loadDriverRules(options.rules);
  const given = options.calibration === undefined ? undefined : await readStoredCalibration(options.calibration);
  const { endSeconds, calibration: own } = await readDriverFile(join(folder, driverFaceFiles.driver));
  const known = given ?? (own.stored ? own : undefined);
  const measurements = await readMeasurements(join(folder, measurementFiles.csv));
  const record = await readRecord(folder);
  const before = await readEvents(join(folder, driverFaceFiles.events));
  const conclusion = concludeDriver(measurements, endSeconds, rules, known);
  const events = conclusion.events.map((event) => withWhatIsKnown(event, before.measured));
  await writeEvents(folder, events, before.asked);
  const totals = await writeConclusion(folder, conclusion, rules, endSeconds);
  const lanes = await lanesOf(folder, conclusion, events, rules, endSeconds);
  const report =
    record && isQuestionsRecord(record)
      ? await writeQuestionsReport(folder, record, before.asked, lanes)
      : await writeDriverReport(folder, `Driver: ${record?.source.name ?? 'video'}`, lanes);
  const counts = { before: before.measured.length, after: events.length };
  return { ...totals, folder, ...counts, report, elapsedMs: performance.now() - started };
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

const eventSchema = z.looseObject({
  by: z.enum(['measurement', 'model']).optional(),
  rule: z.string(),
  start: z.number(),
  end: z.number(),
});

/** What was measured, and what a model's answers gave: only the first is decided again. */
async function readEvents(path: string): Promise<{ measured: MeasuredEvent[]; asked: Event[] }> {
  try {
    const all = z.array(eventSchema).parse(JSON.parse(await readFile(path, 'utf8')));
    // Written by this program; of others' changes only the fields above are relied on.
    const measured = all.filter(({ by }) => by === 'measurement') as unknown as MeasuredEvent[];
    return { measured, asked: all.filter(({ by }) => by === 'model') as unknown as Event[] };
  } catch {
    return { measured: [], asked: [] };
  }
}
