import { FramesiftError } from '../core/errors.ts';

/** What one question brings to a model: what its room is counted by. */
export interface PromptSize {
  /** Pictures of it. */
  readonly images: number;
  /** Longest side of each, pixels. Default: what the model's family takes. */
  readonly imageSide?: number | undefined;
  /** Tokens that a picture of this model was seen to take; instead of the estimate by its family. */
  readonly tokensPerImage?: number | undefined;
  /** Tokens of the system text and the question. Default 500. */
  readonly textTokens?: number | undefined;
  /** The most tokens of the answer. Default 512. */
  readonly answerTokens?: number | undefined;
}

interface Family {
  readonly name: RegExp;
  /** Tokens of a picture of this longest side, pixels. */
  readonly tokens: (side: number) => number;
  /** Whether a smaller picture takes fewer. */
  readonly bySize: boolean;
}

/** Cells of so many pixels in a picture of 4 : 3. */
const cells = (side: number, cell: number): number => Math.ceil(side / cell) * Math.ceil((side * 0.75) / cell);
/** One small picture of the whole, and, where it is cut, one of each slice; at most nine. */
const slices = (side: number, edge: number): number => {
  const count = Math.min(9, Math.ceil((side * side * 0.75) / edge ** 2));
  return count > 1 ? count + 1 : 1;
};

/**
 * Tokens that one picture takes, by the model's family. Sources: the models' cards (LLaVA 1.5: 24 × 24 patches; Gemma 3:
 * 256; Moondream 2: 27 × 27; MiniCPM-V 2.6: 64 a slice of 448 pixels; Qwen2-VL: a cell of 28 pixels, Qwen3-VL: of 32).
 * LLaVA 1.6 takes 576 to 2880 as its server cuts the picture. So these are estimates: the first answers correct them.
 */
const families: readonly Family[] = [
  { name: /gemma/i, tokens: () => 256, bySize: false },
  { name: /moondream/i, tokens: () => 729, bySize: false },
  { name: /minicpm/i, tokens: (side) => 64 * slices(side, 448), bySize: true },
  { name: /qwen-?3/i, tokens: (side) => cells(side, 32), bySize: true },
  { name: /qwen/i, tokens: (side) => cells(side, 28), bySize: true },
  { name: /llava/i, tokens: () => 576, bySize: false },
];
const unknown: Family = { name: /^/, tokens: () => 576, bySize: true };

const familyOf = (model: string): Family => families.find(({ name }) => name.test(model)) ?? unknown;

/** No family is known that makes fewer tokens of a picture; less room than this for each cannot work. */
const leastTokensPerImage = 64;

/** Tokens of a text, for servers that do not count it: some 3.5 letters each in Latin script, one each elsewhere. */
export function tokensOfText(text: string): number {
  // oxlint-disable-next-line no-control-regex -- all that is not ASCII
  const foreign = text.length - text.replaceAll(/[^\u0000-\u007f]/g, '').length;
  return Math.ceil((text.length - foreign) / 3.5 + foreign) + messageTokens;
}

/** What the chat's own marks take. */
const messageTokens = 24;

const tokensPerImage = (model: string, { imageSide, tokensPerImage: seen }: PromptSize): number =>
  seen ?? familyOf(model).tokens(imageSide ?? pictureSide(model));

/** Tokens that a question and its answer are expected to take together. */
export function tokensNeeded(model: string, size: PromptSize): number {
  const { images, textTokens = 500, answerTokens = 512 } = size;
  return images * tokensPerImage(model, size) + textTokens + answerTokens;
}

/** A context window that has room: the need, in steps of 2048, as far as the model goes. */
export function contextFor(model: string, size: PromptSize, most: number | undefined): number {
  return Math.min(Math.max(roundUp(tokensNeeded(model, size)), 4096), most ?? Infinity);
}

export const roundUp = (tokens: number): number => Math.ceil(tokens / 2048) * 2048;

/** Where a context's size is set, in words that follow "give". */
export type ContextSetting = (tokens: number) => string;

/**
 * Looks whether a question has room. Only what cannot work is refused: how many tokens a picture takes is known for
 * sure after the first answer.
 *
 * @returns a warning where the room will probably be short
 * @throws FramesiftError `model` where the pictures cannot fit by any count
 */
export function checkContext(
  model: string,
  size: PromptSize,
  contextTokens: number | undefined,
  setting: ContextSetting,
): string | undefined {
  const need = tokensNeeded(model, size);
  if (contextTokens === undefined || need <= contextTokens) return undefined;
  const { images, textTokens = 500, tokensPerImage: seen } = size;
  const least = images * (seen ?? leastTokensPerImage) + textTokens / 2;
  const short =
    `${model}: ${images} frames and a question need about ${need} tokens, its context holds ${contextTokens}. ` +
    remedyFor(model, size, contextTokens, setting);
  if (least > contextTokens) throw new FramesiftError('model', short);
  return short;
}

/** What helps where a question does not fit, with numbers. `needed`: what it takes, where the server told. */
export function remedyFor(
  model: string,
  size: PromptSize,
  contextTokens: number,
  setting: ContextSetting,
  needed = tokensNeeded(model, size),
): string {
  const { images, imageSide = pictureSide(model), textTokens = 500, answerTokens = 512 } = size;
  const room = contextTokens - textTokens - answerTokens;
  const perImage = Math.max(1, (needed - textTokens - answerTokens) / Math.max(1, images));
  const fewer = Math.floor(room / perImage);
  // Tokens go with the area, in whole cells: a tenth less is on the safe side.
  const side = Math.floor((imageSide * Math.sqrt(Math.max(0, room) / images / perImage) * 0.9) / 16) * 16;
  const ways = [
    setting(roundUp(needed)),
    ...(familyOf(model).bySize && side >= 64 && side < imageSide ? [`--image-side ${side}`] : []),
    ...(fewer >= 2 && fewer < images ? [`--window ${fewer}`] : []),
  ];
  const last = ways.pop();
  return `Give ${ways.length > 0 ? `${ways.join(', ')} or ` : ''}${last}.`;
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
