import type { TextReading } from '../../core/measurement.ts';
import type { Question } from '../worker-door/messages.ts';
import { serve } from '../worker-door/serve.ts';
import { openReader, type ReaderOptions } from './reader.ts';

// The thread behind recognizer.ts.
serve<Question, TextReading>(async (options) => {
  const reader = await openReader(options as ReaderOptions);
  return {
    answer: ({ picture }, signal) => reader.read(picture, signal),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
