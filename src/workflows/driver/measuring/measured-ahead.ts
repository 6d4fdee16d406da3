import { isDeepStrictEqual } from 'node:util';
import type { Calibration, MeasuredEvent } from '../../../core/driver-state.ts';
import type { FaceMeasurement } from '../../../core/face.ts';
import type { Span } from '../../../core/slide.ts';
import { calmStretches } from '../rules/calm.ts';
import type { DriverConclusion } from '../rules/conclude.ts';
import type { DriverRules } from '../rules/rules.ts';
import { ConclusionSoFar } from '../rules/so-far.ts';
import { EventQueue } from '../../../stream/event-queue.ts';

interface Waiting {
  readonly stretch: Span;
  readonly resolve: (calm: boolean) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Measuring that leads and asking that follows: tells of each stretch whether it is calm, and of each event that it has
 * ended, as soon as that is certain, and lets wait who asks earlier. What it tells is what `calmStretches` and
 * `concludeDriver` say of the whole video; only the time at which it is told depends on how far measuring is.
 */
export class MeasuredAhead {
  /** Each event once, when it has ended. Ends when measuring has, or the signal aborts. One reader. */
  readonly events: AsyncIterable<MeasuredEvent>;
  readonly #queue = new EventQueue<MeasuredEvent>();
  readonly #soFar: ConclusionSoFar;
  readonly #signal: AbortSignal;
  readonly #told: MeasuredEvent[] = [];
  #waiting: Waiting[] = [];
  #concluded: ((stretch: Span) => boolean) | undefined;

  constructor(rules: DriverRules, known: Calibration | undefined, signal: AbortSignal) {
    this.#soFar = new ConclusionSoFar(rules, known);
    this.#signal = signal;
    this.events = this.#queue;
    const stop = (): void => {
      for (const { reject } of this.#waiting) reject(signal.reason as Error);
      this.#waiting = [];
      this.#queue.close();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  }

  /** Takes the next measurement, later than the one before. */
  push(measurement: FaceMeasurement): void {
    this.#soFar.push(measurement);
    for (const event of this.#soFar.takeEvents()) this.#tell(event);
    this.#waiting = this.#waiting.filter(({ stretch, resolve }) => {
      const calm = this.#soFar.isCalm(stretch);
      if (calm !== undefined) resolve(calm);
      return calm === undefined;
    });
  }

  /** All is measured. What was not told yet is told now. */
  conclude(conclusion: DriverConclusion): void {
    const holds = calmStretches(conclusion);
    this.#concluded = holds;
    for (const { stretch, resolve } of this.#waiting) resolve(holds(stretch));
    this.#waiting = [];
    for (const event of conclusion.events) {
      if (!this.#told.some((told) => isDeepStrictEqual(told, event))) this.#tell(event);
    }
    this.#queue.close();
  }

  /**
   * Whether a stretch is calm, once that is certain. Throws the signal's reason when it aborts first.
   *
   * @param stretch none that begins before one that was asked about
   */
  isCalm(stretch: Span): boolean | Promise<boolean> {
    const calm = this.#concluded ? this.#concluded(stretch) : this.#soFar.isCalm(stretch);
    if (calm !== undefined) return calm;
    this.#signal.throwIfAborted();
    return new Promise((resolve, reject) => this.#waiting.push({ stretch, resolve, reject }));
  }

  #tell(event: MeasuredEvent): void {
    this.#told.push(event);
    this.#queue.push(event);
  }
}
