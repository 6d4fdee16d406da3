import type { Calibration, DriverSpan, MeasuredEvent } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import type { Span } from '../../../core/slide.ts';
import { calibrate } from './calibration.ts';
import { MomentSeries } from './moment-series.ts';
import { DriverMonitor } from './monitor.ts';
import type { DriverRules } from './rules.ts';
import { UsualStep } from './usual-step.ts';

/** Everything concluded from a series of measurements. */
export interface DriverConclusion {
  readonly calibration: Calibration;
  /** In order of beginning. */
  readonly spans: readonly DriverSpan[];
  readonly events: readonly MeasuredEvent[];
  /** Stretches in which eyes were seen, but not where they look; of a second and more, in order. */
  readonly unclear: readonly Span[];
  /** One for each measurement. */
  readonly moments: MomentSeries;
  /** When each blink began, seconds. */
  readonly blinks: readonly number[];
}

/**
 * Calibrates on the first usable minute and replays the whole series with it, so that the minute itself is judged by the
 * driver's own neutral too. Pure.
 *
 * @param measurements in order of time; gone through three times
 * @param endSeconds where the video ends; the last measurement holds until then
 * @param known a calibration stored from an earlier drive of the same driver and camera
 */
export function concludeDriver(
  measurements: Iterable<FaceMeasurement>,
  endSeconds: number,
  rules: DriverRules,
  known?: Calibration,
): DriverConclusion {
  const calibration = known ?? calibrate(measurements, rules);
  const step = new UsualStep();
  for (const { timeSeconds } of measurements) {
    if (step.whole) break;
    step.push(timeSeconds);
  }
  const monitor = new DriverMonitor(rules, calibration, step.seconds);
  const moments = new MomentSeries();
  for (const measurement of measurements) moments.add(monitor.push(measurement));
  monitor.finish(endSeconds);
  return {
    calibration,
    spans: monitor.spans.toSorted((a, b) => a.start - b.start),
    events: monitor.events(),
    unclear: monitor.unclear,
    moments,
    blinks: monitor.blinks,
  };
}
