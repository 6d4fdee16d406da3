import { eventStreamVersion, type RunEvent, type ToldEvent } from '../../core/run-event.ts';
import { redact } from '../../core/secrets.ts';
import type { EventLog } from '../../store/event-log.ts';
import type { RunLog } from '../../store/run-log.ts';
import { ProgressThrottle } from './throttle.ts';

/** Tells events: to the caller at once, to `events.jsonl` once that is open. */
export class Teller {
  readonly #onEvent: (event: ToldEvent) => void;
  readonly #throttle = new ProgressThrottle();
  /** What was told before the run began, in order. */
  #early: RunEvent[] | undefined = [];
  #log: EventLog | undefined;
  #runLog: RunLog | undefined;
  #unwritten = 0;
  readonly warnings: string[] = [];

  constructor(onEvent: (event: ToldEvent) => void) {
    this.#onEvent = onEvent;
  }

  readonly tell = (event: RunEvent): void => {
    if (this.#early) this.#early.push(event);
    else if (!this.#log) return;
    else if (this.#throttle.passes(event)) this.#pass(event);
  };

  readonly warn = (said: string): void => {
    const message = redact(said);
    if (this.warnings.includes(message)) return;
    this.warnings.push(message);
    this.tell({ type: 'warning', message });
  };

  /** From now on events are written, those that were told early behind `started`. */
  begin(log: EventLog, runLog: RunLog, started: RunEvent): void {
    this.#log = log;
    this.#runLog = runLog;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of [started, ...early]) this.#pass(event);
  }

  /** Of a run that cannot begin: whoever listens is told why nonetheless, and nothing is written. */
  tellEarly(): void {
    for (const event of this.#early ?? []) this.tellUnwritten(event);
    this.#early = undefined;
  }

  /** Of a run that was done before: its own events lie in its folder already. */
  tellUnwritten(event: RunEvent): void {
    this.#onEvent({ v: eventStreamVersion, seq: this.#unwritten, at: new Date().toISOString(), ...event });
    this.#unwritten += 1;
  }

  #pass(event: RunEvent): void {
    logEvent(this.#runLog!, event);
    this.#onEvent(this.#log!.tell(event));
  }
}

/** The events worth finding again. */
function logEvent(log: RunLog, event: RunEvent): void {
  switch (event.type) {
    case 'started':
    case 'plan':
    case 'finished':
      return log.info(event, event.type);
    case 'slide':
      return log.info({ slide: event.slide.index, time: event.slide.timestamp }, event.slide.title);
    case 'event':
      return log.info({ event: event.event.id, start: event.event.start }, event.event.title);
    case 'warning':
      return log.warn(event.message);
    case 'ended':
      return log.error(event, event.error.message);
    case 'server-away':
    case 'server-back':
      return log.warn(event, event.type);
    case 'observation':
      return event.observation.state === 'failed' ? log.warn(event.observation, 'no answer') : undefined;
    case 'decision':
      return log.debug(event, event.decision.rule);
    case 'stage':
      return log.debug(event, event.stage);
    case 'progress':
    case 'window':
  }
  return undefined;
}
