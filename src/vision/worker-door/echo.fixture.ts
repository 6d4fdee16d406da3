import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError } from '../../core/errors.ts';
import type { Question } from './messages.ts';
import { serve } from './serve.ts';

export interface EchoQuestion extends Question {
  readonly say: string;
}

// A thread for the tests: answers with what it is told, late or never where that is what it is told.
serve<EchoQuestion, string>(async (settings) => {
  if (settings === 'broken') throw new FramesiftError('model', 'it does not open');
  return {
    atOnce: settings === 'two' ? 2 : 1,
    async answer({ say, picture }, signal) {
      if (say === 'wait') await sleep(60_000, undefined, { signal });
      if (say === 'fail') throw new FramesiftError('media', 'as it was told');
      if (say === 'die') process.exit(3);
      return `${say} ${picture.data.length}`;
    },
    [Symbol.asyncDispose]: async () => {},
  };
});
