import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { MeasuredEvent } from '../core/driver-state.ts';
import { concludeDriver } from '../detect/driver/conclude.ts';
import { defaultDriverRules } from '../detect/driver/rules.ts';
import { measurementsFile, readMeasurements } from '../store/measurements.ts';
import { readRecord } from '../store/run-folder.ts';
import {
  driverFaceFiles,
  lanesOf,
  readDriverFile,
  writeConclusion,
  writeDriverReport,
  type DriverFaceTotals,
} from './driver-face-results.ts';
import { loadDriverRules } from './driver-rules.ts';

export interface RedecideOptions {
  /** YAML table that overrides rules. Default: the rules' own defaults. */
  readonly rules?: string;
  /** `driver.json` of another run, whose calibration is taken over. Default: calibrated anew on the measurements. */
  readonly calibration?: string;
}

export interface Redecided extends DriverFaceTotals {
  readonly folder: string;
  readonly report?: string;
  readonly elapsedMs: number;
  readonly events: Readonly<Record<string, number>>;
  /** Events before and after. */
  readonly before: number;
  readonly after: number;
}

const pictured = z.array(z.object({ rule: z.string(), raisedAt: z.number(), image: z.string().optional() }));
/** An event of the same rule this near shows the same moment. Seconds. */
const sameMoment = 0.5;

/**
 * Decides a driver run again from its stored measurements, without decoding a frame: other rules, other events. Pictures
 * of events that were there before are kept; new ones have none.
 *
 * @throws FramesiftError `input` where the folder holds no finished driver run, `usage` where a rule is wrong
 */
export async function redecide(run: string, options: RedecideOptions = {}): Promise<Redecided> {
  const started = performance.now();
  const folder = resolve(run);
  const rules = options.rules === undefined ? defaultDriverRules : await loadDriverRules(options.rules);
  const known = options.calibration === undefined ? undefined : (await readDriverFile(options.calibration)).calibration;
  const { endSeconds } = await readDriverFile(join(folder, driverFaceFiles.driver));
  const measurements = await readMeasurements(join(folder, measurementsFile));
  const record = await readRecord(folder);
  const measuredOnly = await readPictured(join(folder, driverFaceFiles.measuredEvents));
  const eventsFile = measuredOnly ? driverFaceFiles.measuredEvents : driverFaceFiles.events;
  const before = measuredOnly ?? (await readPictured(join(folder, eventsFile))) ?? [];
  const conclusion = concludeDriver(measurements, endSeconds, rules, known);
  const events = conclusion.events.map((event): MeasuredEvent => {
    const same = before.find((old) => old.rule === event.rule && Math.abs(old.raisedAt - event.raisedAt) <= sameMoment);
    return same?.image === undefined ? event : { ...event, image: same.image };
  });
  const totals = await writeConclusion(folder, conclusion, events, rules, endSeconds, eventsFile);
  const common = { ...totals, folder, before: before.length, after: events.length };
  // A report that a language model's run made holds more than can be drawn again from here.
  if (measuredOnly) return { ...common, elapsedMs: performance.now() - started };
  const lanes = await lanesOf(folder, conclusion, events, rules, endSeconds);
  const report = await writeDriverReport(folder, `Driver: ${record?.source.name ?? 'video'}`, lanes);
  return { ...common, report, elapsedMs: performance.now() - started };
}

async function readPictured(path: string): Promise<z.infer<typeof pictured> | undefined> {
  try {
    return pictured.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Absent, or the events of something else.
    return undefined;
  }
}
