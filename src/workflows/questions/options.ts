import { z } from 'zod';
import { devices } from '../../core/device.ts';
import { plans } from '../../core/observation.ts';
import { parseOptions, refuseEffectless, videoOptions } from '../parse-options.ts';
import { redactions } from '../redaction.ts';

/**
 * What a preset sets; anything given beside it wins. Not the context: what the pictures take of it is known after the first
 * answers, and one that is not set is raised until they fit.
 */
export const presets = {
  fast: { model: 'ollama/moondream', window: 2, imageSide: 448 },
  balanced: { model: 'ollama/llava:7b', window: 4, imageSide: 672 },
  quality: { model: 'ollama/qwen2.5vl:7b', window: 6, imageSide: 1024 },
} as const;
export type Preset = keyof typeof presets;

/** Options of asking a model, which any workflow of questions has. */
export const questionOptions = {
  /** Model, image size and frames together: `presets`. Default: none. */
  preset: z.enum(['fast', 'balanced', 'quality']).optional(),
  /** `ollama/NAME[@address]`, `openai/NAME@address`, `ai:PROVIDER/NAME` or `gguf:…`. Default: the preset's. */
  model: z.string().min(1).optional(),
  /** Whether the embedded model may answer where no server does. Default: it is asked for on a terminal, else not. */
  embedded: z.boolean().optional(),
  /** Where an embedded model runs. */
  device: z.enum(devices).default('auto'),
  /** Seconds between windows. Default: the workflow's. */
  every: z.number().min(0.2, 'must be at least 0.2 (seconds)').max(3600).optional(),
  /** Frames of a window. Default: the workflow's. */
  window: z.int().min(2, 'must be 2–8').max(8, 'must be 2–8').optional(),
  /** How a window's questions are asked; `auto` tries and chooses. */
  plan: z.enum(['auto', ...plans]).default('auto'),
  /** What the plan is chosen for. */
  aim: z.enum(['latency', 'throughput']).default('throughput'),
  /** Questions at once. Default: found out. */
  concurrency: z.int().min(1).max(1024).optional(),
  /** Ask dependent questions early where slots are free. Default: with the aim `latency`. */
  speculate: z.boolean().optional(),
  /** Share of such early questions that must hold lately, 0–1; below it none are asked for a while. */
  speculateShare: z.number().min(0, 'must be 0–1').max(1, 'must be 0–1').default(0.5),
  /** Take answers over from a window whose hash differs in at most so many bits. Default: off. */
  reuseSimilar: z.int().min(0, 'must be 0–64').max(64, 'must be 0–64').optional(),
  /** So many windows in a row at most. */
  reuseAtMost: z.int().min(1).default(3),
  /** Whether windows in which nothing moves are left out. */
  adaptive: z.boolean().default(true),
  /** A window is asked at the latest so many seconds after the last one that was. Default: the workflow's. */
  maxGap: z.number().positive().optional(),
  /** Longest side of the pictures, pixels. Default: what the model takes. */
  imageSide: z.int().min(64, 'must be at least 64 (pixels)').max(8192).optional(),
  /** JPEG quality of the pictures, 1–100. */
  jpegQuality: z.int().min(1, 'must be 1–100').max(100, 'must be 1–100').default(85),
  /** How freely the model chooses its words, 0–2. Default: 0. */
  temperature: z.number().min(0).max(2).optional(),
  /** The model chooses among so many next tokens. Default: the server's. */
  topK: z.int().min(1).optional(),
  /** The model chooses among the likeliest tokens that sum to this probability, 0–1. Default: the server's. */
  topP: z.number().min(0).max(1).optional(),
  /** The model's context, tokens. Default: what the pictures need, where it is ours to say; else the server's. */
  numCtx: z.int().min(512).optional(),
  /** Longest answer, tokens. Default: what each question says. */
  numPredict: z.int().min(16).optional(),
  /** Makes the model's choices repeatable, where the server can. Default: none. */
  seed: z.int().optional(),
  /** How long the server keeps the model loaded, as Ollama takes it, such as `30m`. Default: the server's. */
  keepAlive: z.string().optional(),
  /**
   * What a million tokens cost, in and out: `0.15,0.60`, or the path of a YAML table of such pairs by model. Default: money is
   * not told.
   */
  price: z.string().min(1).optional(),
  /** Tokens, in and out, that a run may spend, or all videos of a batch together. Default: any number. */
  maxTokensTotal: z.int().min(1).optional(),
  /** Money that they may cost, in the currency of the price. Default: any. */
  maxCost: z.number().positive().optional(),
  /** Whether answers are taken from, and kept in, the cache that all runs share. */
  cache: z.boolean().default(true),
  /** Where answers are kept. Default: `answers` in the cache folder. */
  cacheFolder: z.string().optional(),
  /** How much room they may take, MB; the oldest go first. */
  cacheMegabytes: z.int().min(1).default(256),
  /** How long the first token of an answer may take, seconds. */
  firstTokenSeconds: z.number().positive().default(300),
  /** How long an answer may take, seconds. */
  answerSeconds: z.number().positive().default(600),
  /** How long a server that went away is waited for, seconds. */
  awaySeconds: z.number().nonnegative().default(300),
  /** What is made unrecognizable in every picture before it is sent or stored. Default: nothing. */
  redact: z.enum(redactions).optional(),
};

export const questionsOptionsSchema = z.strictObject({ ...questionOptions, ...videoOptions });
/** All options of asking with their values. */
export type QuestionsOptions = z.output<typeof questionsOptionsSchema> & { readonly model: string };
/** The options of a workflow of questions as they are given; all have a default. */
export type QuestionsOptionsInput = z.input<typeof questionsOptionsSchema>;

/**
 * Reads options of a workflow of questions and fills in what their preset says.
 *
 * @throws FramesiftError `usage` naming the option and what it takes
 */
export function parseQuestionsOptions(input: unknown, command = 'ask'): QuestionsOptions {
  const options = parseOptions(questionsOptionsSchema, input, command);
  refuseEffectlessQuestions(input, options);
  return withPreset(options);
}

/** Options of asking that change nothing beside others. */
export function refuseEffectlessQuestions(
  input: unknown,
  options: Pick<QuestionsOptions, 'reuseSimilar' | 'adaptive' | 'cache' | 'price' | 'speculate' | 'aim'>,
): void {
  const { reuseSimilar, adaptive, cache, price, aim, speculate = aim === 'latency' } = options;
  refuseEffectless(questionsOptionsSchema, input, {
    speculateShare: !speculate && 'needs --speculate or --aim latency',
    reuseAtMost: reuseSimilar === undefined && 'needs --reuse-similar',
    maxGap: !adaptive && 'needs windows to be left out, and --no-adaptive asks them all',
    maxCost: price === undefined && 'needs --price',
    cacheFolder: !cache && 'needs the cache, and --no-cache does without',
    cacheMegabytes: !cache && 'needs the cache, and --no-cache does without',
  });
}

/** Without a model the balanced preset's is asked; its other settings belong to that model. */
export function withPreset<O extends { readonly preset?: Preset | undefined; readonly model?: string | undefined }>(
  options: O,
): O & { readonly model: string } {
  const { preset, model } = options;
  const base = preset ? presets[preset] : model === undefined ? presets.balanced : {};
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...base, ...given } as O & { readonly model: string };
}

/** The presets side by side, for people. */
export function describePresets(): string {
  const rows = [
    ['preset', 'model', 'image side', 'frames'],
    ...Object.entries(presets).map(([name, { model, imageSide, window }]) => [
      name,
      model,
      `${imageSide} px`,
      String(window),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
