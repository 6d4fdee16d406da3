import type { Region } from '../../core/face.ts';
import type { Question } from '../worker-door/messages.ts';
import { serve } from '../worker-door/serve.ts';
import { openObjectReader, type ObjectReaderOptions, type ObjectReading } from './objects.ts';

/** A picture and where the driver's face is in it. */
export interface ObjectQuestion extends Question {
  readonly face: Region | undefined;
}

// The second thread behind face-meter.ts: its looks are slow and few, and the next frames' faces do not wait for them.
serve<ObjectQuestion, ObjectReading>(async (options) => {
  const reader = await openObjectReader(options as ObjectReaderOptions);
  return {
    answer: ({ picture, face }) => reader.read(picture, face),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
