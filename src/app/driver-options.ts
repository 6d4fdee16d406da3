import { z } from 'zod';
import { devices } from '../core/device.ts';
import { FramesiftError } from '../core/errors.ts';
import { plans } from '../engine/questions/events.ts';
import { hwaccels } from '../media/hwaccel.ts';
import { decoders } from '../media/open-video.ts';
import { driverFaceOptionsSchema } from './driver-face-options.ts';

/** What a preset sets; anything given beside it wins. */
export const presets = {
  fast: { model: 'ollama/moondream', window: 2, imageSide: 448, numCtx: 4096 },
  balanced: { model: 'ollama/llava:7b', window: 4, imageSide: 672, numCtx: 4096 },
  quality: { model: 'ollama/qwen2.5vl:7b', window: 6, imageSide: 1024, numCtx: 16384 },
} as const;
export type Preset = keyof typeof presets;

const seconds = z.number().nonnegative();

/** Every option of a workflow that asks questions, with its default; `run.json` holds them all. */
export const driverOptionsSchema = z.strictObject({
  preset: z.enum(['fast', 'balanced', 'quality']).optional(),
  /** As `openModel` takes it. */
  model: z.string().min(1).optional(),
  /** Whether the embedded model may answer where no server does. */
  embedded: z.boolean().optional(),
  /** Where an embedded model runs. */
  device: z.enum(devices).default('auto'),
  /** A YAML file with other questions. */
  workflow: z.string().min(1).optional(),
  /** Seconds between windows; default: the workflow's. */
  every: z.number().min(0.2, 'must be at least 0.2 (seconds)').max(3600).optional(),
  /** Frames of a window; default: the workflow's. */
  window: z.int().min(2, 'must be 2–8').max(8, 'must be 2–8').optional(),
  from: seconds.optional(),
  until: seconds.optional(),
  plan: z.enum(['auto', ...plans]).default('auto'),
  aim: z.enum(['latency', 'throughput']).default('throughput'),
  concurrency: z.int().min(1).max(1024).optional(),
  speculate: z.boolean().optional(),
  reuseSimilar: z.int().min(0, 'must be 0–64').max(64, 'must be 0–64').optional(),
  reuseAtMost: z.int().min(1).default(3),
  adaptive: z.boolean().default(true),
  maxGap: z.number().positive().optional(),
  /** A window measured as calm is asked at the latest so many seconds after the last one that was asked. */
  calmGap: z.number().positive().default(30),
  imageSide: z.int().min(64, 'must be at least 64 (pixels)').max(8192).optional(),
  jpegQuality: z.int().min(1, 'must be 1–100').max(100, 'must be 1–100').default(85),
  temperature: z.number().min(0).max(2).optional(),
  topK: z.int().min(1).optional(),
  topP: z.number().min(0).max(1).optional(),
  numCtx: z.int().min(512).optional(),
  numPredict: z.int().min(16).optional(),
  seed: z.int().optional(),
  keepAlive: z.string().optional(),
  cache: z.boolean().default(true),
  cacheFolder: z.string().optional(),
  cacheMegabytes: z.int().min(1).default(256),
  firstTokenSeconds: z.number().positive().default(300),
  answerSeconds: z.number().positive().default(600),
  awaySeconds: z.number().nonnegative().default(300),
  /**
   * Measures the driver on this device as well: events that were measured are shown to the model for its opinion, calm
   * stretches are asked rarely. Left out, and with a workflow of one's own, only questions are asked.
   */
  face: driverFaceOptionsSchema.optional(),
  /** Keeps no picture of what the model was shown, and shows faces as blocks in those of measured events. */
  blurFaces: z.boolean().default(false),
  decoder: z.enum(decoders).default('auto'),
  /** Hardware to decode with. */
  hwaccel: z.enum(hwaccels).default('none'),
  threads: z.int().min(1).max(64).optional(),
});

export type DriverOptions = z.output<typeof driverOptionsSchema>;
export type DriverOptionsInput = z.input<typeof driverOptionsSchema>;

/**
 * Reads options and fills in what their preset says.
 *
 * @throws FramesiftError `usage` naming the option and what it takes
 */
export function parseDriverOptions(input: unknown): DriverOptions & { readonly model: string } {
  const result = driverOptionsSchema.safeParse(input);
  if (!result.success) {
    const [issue] = result.error.issues;
    const [first, ...rest] = issue?.path ?? [];
    const name = first === undefined ? 'options' : optionName(String(first === 'face' ? (rest[0] ?? first) : first));
    const wrong =
      issue?.code === 'unrecognized_keys'
        ? `unknown option ${issue.keys.join(', ')}`
        : `${name}: ${issue?.message ?? 'is wrong'}`;
    throw new FramesiftError('usage', `${wrong}. See framesift driver --help.`);
  }
  const { from = 0, until = Infinity, preset } = result.data;
  if (until <= from) throw new FramesiftError('usage', `--until must be later than --from (${from} s).`);
  const given = Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== undefined));
  // Asked of either engine, it is meant of the folder.
  const blurFaces = result.data.blurFaces || (result.data.face?.blurFaces ?? false);
  const face = result.data.face && { face: { ...result.data.face, blurFaces } };
  // Without a model the balanced preset's is asked; its other settings belong to that model.
  const base = preset ? presets[preset] : result.data.model === undefined ? presets.balanced : {};
  return { ...base, ...given, blurFaces, ...face } as DriverOptions & { readonly model: string };
}

const optionName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The presets side by side, for people. */
export function describePresets(): string {
  const rows = [
    ['preset', 'model', 'context', 'image side', 'frames'],
    ...Object.entries(presets).map(([name, { model, numCtx, imageSide, window }]) => [
      name,
      model,
      String(numCtx),
      `${imageSide} px`,
      String(window),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
