import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { updateFile } from '../update-file.ts';
import { makeFolder } from '../write-file.ts';
import { builtinThresholds } from './builtin-thresholds.ts';
import { modelsPath } from '../../core/places.ts';

const share = z.number().min(-1).max(1);
const measured = {
  model: z.string(),
  calibrated: z.string(),
  talks: z.array(z.string()),
};

/** Cosine similarities of an embedder. */
export const EmbeddingThresholds = z.object({
  ...measured,
  /** Pictures at least this alike may be of one slide: 99 % of pairs of one slide are. */
  candidate: share,
  /** Of pairs at least this alike, 99 % are of one slide. */
  same: share,
  pairs: z.object({ same: z.number(), different: z.number() }),
  /** How often a pair of one slide is more alike than a pair of two: 1 is perfect, 0.5 chance. */
  auc: z.number(),
});
export type EmbeddingThresholds = z.output<typeof EmbeddingThresholds>;

/** A share above or below which a classifier, or a label in words, is right often enough to decide. */
export const ShareThreshold = z.object({
  ...measured,
  threshold: z.number().min(0).max(1),
  pictures: z.object({ slides: z.number(), others: z.number() }),
  /** Of the pictures it was calibrated on, how many it decides about, and how many of these rightly. */
  decided: z.number(),
  right: z.number(),
});
export type ShareThreshold = z.output<typeof ShareThreshold>;

const File = z.object({
  embedder: z.record(z.string(), EmbeddingThresholds).default({}),
  gate: z.record(z.string(), ShareThreshold).default({}),
  kinds: z.record(z.string(), ShareThreshold).default({}),
});
export type Thresholds = z.output<typeof File>;

export const thresholdsPath = (): string => join(modelsPath(), 'thresholds.json');

/** What `framesift calibrate` found on this machine, by the model's digest, beside what is shipped for the descriptor. */
export async function readThresholds(): Promise<Thresholds> {
  const shipped = { [builtinThresholds.digest]: builtinThresholds.thresholds };
  const own = parseThresholds(await readFile(thresholdsPath(), 'utf8').catch(() => undefined));
  return { ...own, embedder: { ...shipped, ...own.embedder } };
}

function parseThresholds(text: string | undefined): Thresholds {
  try {
    return File.parse(JSON.parse(text ?? '{}'));
  } catch {
    // Damaged: a model without thresholds decides nothing alone, which is safe.
    return { embedder: {}, gate: {}, kinds: {} };
  }
}

/** Several processes may calibrate at the same time. */
export async function saveThresholds(more: Partial<{ [Use in keyof Thresholds]: Thresholds[Use] }>): Promise<void> {
  await makeFolder(modelsPath());
  await updateFile(thresholdsPath(), (text) => {
    const all = parseThresholds(text);
    const merged = {
      embedder: { ...all.embedder, ...more.embedder },
      gate: { ...all.gate, ...more.gate },
      kinds: { ...all.kinds, ...more.kinds },
    };
    return `${JSON.stringify(merged, undefined, 2)}\n`;
  });
}
