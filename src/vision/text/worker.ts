import type { TextReading } from '../../core/measurement.ts';
import { serve } from '../worker-door/serve.ts';
import { openReader, type ReaderOptions } from './reader.ts';
import type { TextQuestion } from './recognizer.ts';

// The thread behind recognizer.ts.
serve<TextQuestion, TextReading>(async (options) => {
  const settings = options as ReaderOptions;
  const reader = await openReader(settings);
  return {
    // While lines of one picture are read elsewhere, they are looked for in the next.
    atOnce: settings.threads > 1 ? 2 : 1,
    answer: ({ picture, known, newVideo }, signal) => {
      if (newVideo) reader.forget();
      return reader.read(picture, signal, known);
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
