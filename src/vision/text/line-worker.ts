import type { Question } from '../worker-door/messages.ts';
import { serve } from '../worker-door/serve.ts';
import type { LineText } from './line.ts';
import { openLineReader } from './line-readers.ts';
import type { Weights } from './weights.ts';

// A thread that line-readers.ts deals lines to.
serve<Question, LineText>(async (weights) => {
  const reader = await openLineReader(weights as Weights);
  return {
    answer: ({ picture }, signal) => reader.read(picture, signal),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
