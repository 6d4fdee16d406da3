import type { DriverOptionsInput } from '../../src/workflows/driver/options.ts';
import type { QuestionsOptionsInput } from '../../src/workflows/questions/options.ts';
import type { SlidesOptionsInput } from '../../src/workflows/slides/options.ts';

/** For every option one value that is not its default. */
type Examples<Input> = { readonly [Key in keyof Input]-?: NonNullable<Input[Key]> };

/** The examples of one workflow. */
export interface OptionExamples<Input> {
  readonly values: Examples<Input>;
  /** For options that have no effect alone, the names of those that they need beside them. */
  readonly needs: { readonly [Key in keyof Input]?: readonly (keyof Input & string)[] };
}

const video = {
  from: 60,
  until: 600,
  decoder: 'ffmpeg',
  hwaccel: 'vaapi',
  threads: 2,
  maxPixels: 400e6,
  maxFrames: 1e6,
  maxMemoryMb: 1024,
  maxSeconds: 3600,
  maxOutputMb: 500,
} as const;

const asking = {
  preset: 'quality',
  model: 'ollama/llava:7b',
  embedded: true,
  device: 'cuda',
  every: 5,
  window: 4,
  plan: 'lanes',
  aim: 'latency',
  concurrency: 8,
  speculate: true,
  reuseSimilar: 4,
  speculateShare: 0.7,
  reuseAtMost: 10,
  adaptive: false,
  maxGap: 60,
  imageSide: 672,
  jpegQuality: 92,
  temperature: 0.2,
  topK: 40,
  topP: 0.9,
  numCtx: 8192,
  numPredict: 400,
  seed: 1,
  keepAlive: '30m',
  cache: false,
  cacheFolder: 'answers',
  cacheMegabytes: 1024,
  price: '0.15,0.60',
  maxTokensTotal: 1_000_000,
  maxCost: 2.5,
  firstTokenSeconds: 60,
  answerSeconds: 120,
  awaySeconds: 30,
  redact: 'faces',
} as const;

export const questionsExamples: OptionExamples<QuestionsOptionsInput> = {
  values: { ...video, ...asking },
  needs: { speculateShare: ['speculate'], reuseAtMost: ['reuseSimilar'], maxCost: ['price'] },
};

/** Options of asking have no effect on a run in which nothing is asked. */
const needModel = Object.fromEntries(
  Object.keys(asking)
    .filter((key) => !['preset', 'model', 'redact'].includes(key))
    .map((key) => [key, ['model']]),
) as OptionExamples<DriverOptionsInput>['needs'];

export const driverExamples: OptionExamples<DriverOptionsInput> = {
  values: {
    ...video,
    ...asking,
    faceFps: 20,
    seat: [0.5, 0, 0.5, 1],
    drive: 'left',
    objects: false,
    rules: 'rules.yaml',
    calibration: 'yesterday.driver.framesift/driver.json',
    overlay: 'drawn.mp4',
    measure: false,
    calmGap: 60,
  },
  needs: {
    ...needModel,
    speculateShare: ['model', 'speculate'],
    reuseAtMost: ['model', 'reuseSimilar'],
    maxCost: ['model', 'price'],
    measure: ['model'],
    calmGap: ['model'],
  },
};

export const slidesExamples: OptionExamples<SlidesOptionsInput> = {
  values: {
    ...video,
    every: 1,
    exact: true,
    jpegQuality: 92,
    keep: ['slide', 'screen'],
    text: false,
    textModel: 'pp-ocr',
    languages: ['de', 'ru'],
    embedder: 'dinov2-small',
    frameClassifier: ['classifier.onnx'],
    kinds: 'clip-vit-b32',
    kindLabels: 'labels.yaml',
    device: 'cuda',
    embedded: true,
    redact: 'faces',
    context: 'ollama/gemma3:4b',
  },
  needs: { kindLabels: ['kinds'], device: ['kinds'], embedded: ['context'] },
};
