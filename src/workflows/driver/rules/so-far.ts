import type { Calibration, MeasuredEvent } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import type { Span } from '../../../core/slide.ts';
import { disturbs, marginSeconds, uneasyOf } from './calm.ts';
import { Calibrator, calibrate } from './calibration.ts';
import { DriverMonitor } from './monitor.ts';
import type { DriverRules } from './rules.ts';
import { UsualStep } from './usual-step.ts';

/** Listed times are rounded to a thousandth of a second: nothing is certain by less than that. */
const rounding = 2e-3;

/**
 * What is certain of a conclusion while measurements still come in: whatever it says, `concludeDriver` will say of the
 * whole series too. Pure, but for what it remembers.
 *
 * Until the driver is calibrated, only what does not depend on the calibration is certain: where the eyes could not be
 * measured. Then what was measured so far is judged at once, as the whole series will be.
 */
export class ConclusionSoFar {
  readonly #rules: DriverRules;
  readonly #calibrator: Calibrator;
  readonly #known: Calibration | undefined;
  readonly #step = new UsualStep();
  /** Those that are to be judged once the driver is calibrated. */
  #unjudged: FaceMeasurement[] = [];
  #monitor: DriverMonitor | undefined;
  /** Whether its calibration is the driver's own. */
  #calibrated = false;
  /** Listed spans and events that may still disturb a stretch, and how many were taken from the lists. */
  #uneasy: Span[] = [];
  #taken = { spans: 0, unclear: 0, events: 0 };
  #told = new Set<string>();
  #ended: MeasuredEvent[] = [];

  /** @param known a calibration stored from an earlier drive, as for `concludeDriver` */
  constructor(rules: DriverRules, known?: Calibration) {
    this.#rules = rules;
    this.#known = known;
    this.#calibrator = new Calibrator(rules);
  }

  /** Takes the next measurement, later than the one before. */
  push(measurement: FaceMeasurement): void {
    if (!this.#calibrated) this.#prepare(measurement);
    else this.#judge(measurement);
  }

  /** Events that have ended since this was asked before, as they will be listed. */
  takeEvents(): readonly MeasuredEvent[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  /**
   * Whether a stretch is calm, as `calmStretches` will say; undefined where that cannot be told yet.
   *
   * @param stretch none that begins before one that was asked about
   */
  isCalm(stretch: Span): boolean | undefined {
    if (!this.#monitor) return undefined;
    this.#uneasy = this.#uneasy.filter(({ end }) => end > stretch.start - marginSeconds);
    if (this.#uneasy.some((held) => disturbs(held, stretch))) return false;
    const sure = { start: stretch.start + rounding, end: stretch.end - rounding };
    const held = this.#monitor.underWay.filter(({ of }) =>
      this.#calibrated ? of !== 'eyes_on_road' : of === 'not_measurable',
    );
    if (held.some(({ span }) => disturbs(span, sure))) return false;
    if (!this.#calibrated) return undefined;
    return this.#monitor.settledUntil >= stretch.end + marginSeconds + rounding ? true : undefined;
  }

  #prepare(measurement: FaceMeasurement): void {
    this.#calibrator.push(measurement);
    this.#step.push(measurement.timeSeconds);
    this.#unjudged.push(measurement);
    if (!this.#step.whole) return;
    this.#calibrated = this.#known !== undefined || this.#calibrator.whole;
    if (this.#monitor && !this.#calibrated) return this.#judge(measurement);
    // The step is known, or the driver is calibrated: from the beginning, with what is known now.
    const provisional = calibrate([], this.#rules);
    const calibration = this.#known ?? (this.#calibrated ? this.#calibrator.calibration() : provisional);
    this.#monitor = new DriverMonitor(this.#rules, calibration, this.#step.seconds);
    this.#uneasy = [];
    this.#taken = { spans: 0, unclear: 0, events: 0 };
    for (const each of this.#unjudged) this.#judge(each);
    if (this.#calibrated) this.#unjudged = [];
  }

  #judge(measurement: FaceMeasurement): void {
    const monitor = this.#monitor!;
    monitor.push(measurement);
    const spans = monitor.spans.slice(this.#taken.spans);
    const events = this.#calibrated && monitor.eventsEnded > this.#taken.events ? monitor.events() : [];
    const unclear = this.#calibrated ? monitor.unclear.slice(this.#taken.unclear) : [];
    this.#taken = {
      spans: monitor.spans.length,
      unclear: monitor.unclear.length,
      events: monitor.eventsEnded,
    };
    const ended = events.filter(({ id }) => !this.#told.has(id));
    for (const { id } of ended) this.#told.add(id);
    this.#ended.push(...ended);
    const certain = this.#calibrated ? spans : spans.filter(({ state }) => state === 'not_measurable');
    this.#uneasy.push(...uneasyOf({ spans: certain, unclear, events: ended }));
  }
}
