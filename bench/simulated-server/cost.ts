/**
 * What a question costs on the simulated server, in milliseconds on one slot.
 *
 * Figures: llama.cpp's server measured on a two-core machine with a small model, 4 images and a question in 590 prompt
 * tokens: 2.4 s for the whole prompt, 0.35 s where 561 of the 590 were reused. So the 561 image tokens cost
 * 2.05 s (about 510 ms a picture, 140 tokens each, encoding it included) and the 29 of the question 0.35 s (12 ms
 * each). Four sequences × four such questions on four slots took 15.3 s with the prefix reused:
 * (15.3 − 2.4 − 3 × 0.35) ÷ 4 = 2.96 s for one answer of about 60 tokens, 49 ms each. Slots are taken to be
 * independent of each other, as on a server that is not short of compute; `contention` makes them share.
 */
export interface Cost {
  readonly tokensPerImage: number;
  /** Encoding one picture. */
  readonly imageMs: number;
  /** One prompt token that no slot had. */
  readonly promptTokenMs: number;
  /** One token of the answer. */
  readonly answerTokenMs: number;
  /** Each further busy slot slows every slot by this share: 0 none, 1 as if they took turns. */
  readonly contention: number;
  /** No prompt finds what an earlier one brought. Default: it does. */
  readonly forgetful?: boolean;
  /** Prompts are kept for all slots together, as soon as they are read, and not by slot: as vLLM does. */
  readonly shared?: boolean;
}

export const measuredCost: Cost = {
  tokensPerImage: 140,
  imageMs: 380,
  promptTokenMs: 0.93,
  answerTokenMs: 49,
  contention: 0,
};

/** The question's own tokens were dearer than the pictures' (12 ms against 0.93): a small batch has no parallelism. */
export const questionTokenMs = 12;

/** About four letters a token, as for English. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);
