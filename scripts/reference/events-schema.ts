import { z } from 'zod';
import { toldEventSchema } from '../../src/core/run-event-schema.ts';

/** The JSON Schema of a line of `events.jsonl`. */
export const eventsSchema = (): string => `${JSON.stringify(z.toJSONSchema(toldEventSchema), undefined, 2)}\n`;
