import { z } from 'zod';
import type { TextReading } from '../../../core/measurement.ts';
import type { SlideContext } from '../../../core/slide.ts';

// What an interrupted run left behind is input from outside: another version or another hand may have written it.
const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const lineBox = { x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number(), slope: z.number() };
const line = z.object({ ...lineBox, text: z.string(), confidence: z.number() });
const reading = z.object({
  state: z.enum(['read', 'none', 'unreadable']),
  blocks: z.array(z.object({ text: z.string(), box, confidence: z.number() })),
  text: z.string(),
  title: z.string().exactOptional(),
  confidence: z.number(),
  found: z.number(),
  reused: z.number(),
  lines: z.array(z.object({ box: z.object(lineBox), line })),
});
const context = z.object({
  title: z.string(),
  summary: z.string(),
  keyPoints: z.array(z.string()),
  terms: z.array(z.object({ term: z.string(), meaning: z.string() })),
  figure: z.enum(['none', 'chart', 'diagram', 'table', 'photo', 'code', 'equation', 'map', 'other']),
  model: z.string(),
});

export const isReading = (value: unknown): value is TextReading => reading.safeParse(value).success;
export const isContext = (value: unknown): value is SlideContext => context.safeParse(value).success;
