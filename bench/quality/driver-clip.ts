import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWorkflow } from '../../src/app/run.ts';
import type { MeasuredEvent } from '../../src/core/driver-state.ts';
import type { FaceMeasurement } from '../../src/core/face.ts';
import { readMeasurements } from '../../src/store/measurements.ts';
import { runFiles } from '../../src/store/run-files.ts';
import { calibrate } from '../../src/workflows/driver/rules/calibration.ts';
import { DriverMonitor } from '../../src/workflows/driver/rules/monitor.ts';
import { defaultDriverRules as rules } from '../../src/workflows/driver/rules/rules.ts';
import type { FoundSpan } from './driver-score.ts';

/** What the on-device engine says of a clip. */
export interface ClipFindings {
  readonly spans: readonly FoundSpan[];
  readonly events: readonly Pick<MeasuredEvent, 'rule' | 'start' | 'end' | 'confidence'>[];
  readonly seconds: number;
  /** What was believed of the lids in each frame. */
  readonly lids: readonly LidsMoment[];
  /** When each blink began. */
  readonly blinks: readonly number[];
}

export interface LidsMoment {
  readonly timeSeconds: number;
  /** The chance that was given to lids that are down, 0–1; undefined where the eyes could not be measured. */
  readonly down: number | undefined;
  readonly closed: boolean;
}

/** Runs the on-device engine over a clip and tells what it says of it. */
export async function findingsOf(video: string, signal: AbortSignal): Promise<ClipFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-driver-'));
  try {
    const output = join(folder, 'run');
    for await (const _ of runWorkflow('driver', video, {}, { output, signal }));
    const read = (file: string): unknown => JSON.parse(readFileSync(join(output, file), 'utf8'));
    const { spans } = read(runFiles.spans) as { spans: FoundSpan[] };
    const events = read(runFiles.events) as MeasuredEvent[];
    const { totals } = read(runFiles.driver) as { totals: { startSeconds: number; endSeconds: number } };
    const measurements = await readMeasurements(join(output, runFiles.measurements));
    return { spans, events, seconds: totals.endSeconds - totals.startSeconds, ...lidsIn(measurements) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Decided once more, frame by frame: spans do not say how sure each frame was. */
function lidsIn(measurements: Iterable<FaceMeasurement>): Pick<ClipFindings, 'lids' | 'blinks'> {
  const everySeconds = 0.1;
  const monitor = new DriverMonitor(rules, calibrate(measurements, rules), everySeconds);
  const lids: LidsMoment[] = [];
  for (const measurement of measurements) {
    const { timeSeconds, lidsDown, eyesClosed } = monitor.push(measurement);
    lids.push({ timeSeconds, down: lidsDown, closed: eyesClosed === true });
  }
  return { lids, blinks: monitor.blinks };
}
