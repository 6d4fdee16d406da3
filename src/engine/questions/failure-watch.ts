import { FramesiftError } from '../../core/errors.ts';
import type { Observation } from '../../core/observation.ts';
import type { WindowRecord } from './events.ts';

/** Windows in a row without one answer, from the first on: so many say that there will be none. */
const maxWindowsAtFirst = 3;
/** The same after some were answered, or where the model answers what cannot be used: pictures may be the reason too. */
const maxWindowsLater = 10;

/**
 * Ends a run in which nothing is answered any more, whatever the reason: the questions of all other windows would
 * fail as well, one try after another.
 */
export class FailureWatch {
  #answered = false;
  #inARow = 0;

  /** @throws FramesiftError `model` saying what the server or the model did */
  see({ observations, asked }: WindowRecord): void {
    const own = observations.filter(({ question, state }) => asked.includes(question) && state !== 'skipped');
    // What the budget forbids says nothing of the server.
    if (own.length === 0 || own.some((one) => one.state === 'failed' && one.error.kind === 'budget')) return;
    const failed = own.filter((one): one is Failed => one.state === 'failed');
    if (failed.length < own.length) {
      this.#answered = true;
      this.#inARow = 0;
      return;
    }
    this.#inARow += 1;
    const byModel = failed.every(({ error }) => error.kind === 'invalid' || error.kind === 'truncated');
    if (this.#inARow < (this.#answered || byModel ? maxWindowsLater : maxWindowsAtFirst)) return;
    const since = this.#answered ? ` any more (${this.#inARow} windows in a row)` : '';
    throw new FramesiftError(
      'model',
      `No question is answered${since}: ${failed[0]!.error.message}. ` +
        'Check the server and its model, then run the same command again: it goes on where it stopped.',
    );
  }
}

type Failed = Extract<Observation, { state: 'failed' }>;
