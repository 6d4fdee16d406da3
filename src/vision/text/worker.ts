import type { TextReading } from '../../core/measurement.ts';
import { serve } from '../worker-door/serve.ts';
import { openReader, type ReaderOptions } from './reader.ts';
import type { TextQuestion } from './recognizer.ts';

// The thread behind recognizer.ts.
serve<TextQuestion, TextReading>(async (options) => {
  const reader = await openReader(options as ReaderOptions);
  return {
    answer: ({ picture, known, newVideo }, signal) => {
      if (newVideo) reader.forget();
      return reader.read(picture, signal, known);
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
