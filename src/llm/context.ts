import { FramesiftError } from '../core/errors.ts';

/**
 * Tokens that one picture takes, by the model's family: what the projector makes of one tile or one resized picture.
 * Sources: the models' own cards (LLaVA 1.5: 24 × 24 patches; Gemma 3: 256; Moondream 2: 27 × 27; MiniCPM-V 2.6: 640).
 * Unknown families are counted like LLaVA; the server has the last word, this only catches what cannot work.
 */
const tokensByFamily: readonly (readonly [RegExp, number])[] = [
  [/gemma/i, 256],
  [/moondream/i, 729],
  [/minicpm/i, 640],
  [/llava/i, 576],
];

/** Room that the system text, the question and the answer take beside the pictures, tokens. */
const textTokens = 1200;

export function tokensNeeded(model: string, images: number): number {
  const perImage = tokensByFamily.find(([family]) => family.test(model))?.[1] ?? 576;
  return images * perImage + textTokens;
}

/** A context window that has room: the need, in steps of 2048, as far as the model goes. */
export function contextFor(model: string, images: number, most: number | undefined): number {
  const wanted = Math.ceil(tokensNeeded(model, images) / 2048) * 2048;
  return Math.min(Math.max(wanted, 4096), most ?? Infinity);
}

/** Throws FramesiftError `model` when the pictures cannot fit. */
export function checkContext(model: string, images: number, contextTokens: number | undefined, remedy: string): void {
  const need = tokensNeeded(model, images);
  if (contextTokens === undefined || need <= contextTokens) return;
  throw new FramesiftError(
    'model',
    `${model}: ${images} frames and a question need about ${need} tokens, its context holds ${contextTokens}. ` +
      remedy,
  );
}

/**
 * Longest side that a picture is worth sending with, pixels: models shrink what is larger, so more only costs time.
 * Sources: the models' cards (LLaVA 1.6 up to 672, Gemma 3 896, Moondream 2 at most 378 a crop, two across).
 */
export function pictureSide(model: string): number {
  if (/gemma/i.test(model)) return 896;
  if (/moondream/i.test(model)) return 756;
  if (/qwen/i.test(model)) return 1024;
  return 672;
}
