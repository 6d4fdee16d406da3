import type { Question } from '../worker-door/messages.ts';
import { serve } from '../worker-door/serve.ts';
import { openFaceReader, type FaceReading, type ReaderOptions } from './reader.ts';

/** A picture of the video and its time. */
export interface FaceQuestion extends Question {
  readonly timeSeconds: number;
  /** Nothing of the pictures before is to be taken over. */
  readonly anew: boolean;
}

// The thread behind face-meter.ts.
serve<FaceQuestion, FaceReading>(async (options) => {
  const reader = await openFaceReader(options as ReaderOptions);
  return {
    answer: ({ picture, timeSeconds, anew }) => reader.read(picture, timeSeconds, anew),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
