import { errorColours, print, printAside } from './print.ts';
import { plainText } from '../core/plain-text.ts';
import type { Observation } from '../core/observation.ts';
import type { RunEvent, RunProgress } from '../core/run-event.ts';
import { clock } from '../core/words.ts';
import { progressView, type ProgressView } from './progress.ts';
import { describeMeasured, describeWindow } from './run-lines.ts';

/**
 * Shows a run on the terminal while it goes, whatever its workflow: progress and warnings on standard error, what was
 * found on standard output. Answers appear as they come where somebody watches; a pipe gets the summary alone.
 */
export class RunView implements Disposable {
  readonly #progress: ProgressView = progressView(process.stderr);
  readonly #watched = process.stdout.isTTY;
  readonly #until: number;
  /** Answers of the windows that are under way. */
  readonly #answers = new Map<number, Observation[]>();
  #ofSeconds = Infinity;
  #asked = 0;
  /** Whether this device measures, and has not come to its end. */
  #measuring = false;

  /** @param until where the run ends, seconds, if not at the end of the video */
  constructor(until = Infinity) {
    this.#until = until;
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case 'started':
        this.#ofSeconds = Math.min(this.#until, event.video.durationSeconds ?? Infinity);
        if (event.video.hardware) this.#say(`Decoding with ${event.video.hardware}.`);
        if (event.resumed) this.#say('Continuing an earlier run.');
        return;
      case 'stage':
        return this.#stage(event);
      case 'progress':
        return this.#progress.show(this.#noted(event));
      case 'warning':
        return this.#say(`${errorColours.yellow('Warning:')} ${event.message}`);
      case 'plan':
        return this.#say(`Plan: ${event.plan} (${event.reason}).`);
      case 'server-away':
        return this.#say(
          `${errorColours.yellow('Paused:')} ${event.address} is away (${event.reason}); waiting for it.`,
        );
      case 'server-back':
        return this.#say(`Resumed: ${event.address} is back after ${(event.awayMs / 1000).toFixed(1)} s.`);
      case 'observation':
        return this.#keep(event.observation);
      case 'window':
        return this.#window(event);
      case 'event':
        if ('by' in event.event && event.event.by === 'measurement') this.#print(`${describeMeasured(event.event)}\n`);
        return;
      case 'decision':
      case 'slide':
      case 'finished':
      case 'ended':
    }
  }

  /** Takes the progress off the screen so that something else can be printed. */
  clear(): void {
    this.#progress.clear();
  }

  [Symbol.dispose](): void {
    this.#progress.end();
  }

  #stage({ stage, state, done }: Extract<RunEvent, { type: 'stage' }>): void {
    if (stage === 'measure') this.#measuring = state !== 'finished';
    if (state === 'continued' && done !== undefined) {
      const what = { measure: 'frames are measured', ask: 'answers are kept', context: 'contexts are kept' }[stage];
      if (what) this.#say(`${done} ${what} of the earlier run.`);
    }
  }

  /** While this device measures, how far the answers are is said beside. */
  #noted(progress: RunProgress): RunProgress & { readonly note?: string } {
    return progress.stage === 'measure' && this.#asked > 0
      ? { ...progress, note: `answers up to ${clock(this.#asked)}` }
      : progress;
  }

  #keep(observation: Observation): void {
    const { window } = observation;
    this.#answers.set(window, [...(this.#answers.get(window) ?? []), observation]);
  }

  #window({ window, span, idle }: Extract<RunEvent, { type: 'window' }>): void {
    this.#asked = span.end;
    const answers = this.#answers.get(window) ?? [];
    this.#answers.delete(window);
    if (this.#watched && !idle && answers.length > 0) this.#print(describeWindow(span, answers));
    if (this.#measuring) return;
    this.#progress.show({
      stage: 'ask',
      seconds: span.end,
      ...(this.#ofSeconds < Infinity ? { ofSeconds: this.#ofSeconds } : {}),
    });
  }

  #say(line: string): void {
    this.#progress.clear();
    printAside(`${plainText(line)}\n`);
  }

  #print(text: string): void {
    this.#progress.clear();
    print(text);
  }
}
