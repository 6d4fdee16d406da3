import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Device } from '../core/device.ts';
import { FramesiftError, messageOf } from '../core/errors.ts';
import type { Frame } from '../core/frame.ts';
import type { Measure } from '../core/measurement.ts';
import {
  calibrateGate,
  calibratePairs,
  calibrateWords,
  minPairs,
  minPictures,
  type ShareResult,
} from '../detect/calibrate.ts';
import { cosineSimilarity } from '../workflows/slides/states/likeness.ts';
import { openVideo } from '../media/open-video.ts';
import type { ShareThreshold, EmbeddingThresholds } from '../store/models/thresholds.ts';
import { saveThresholds } from '../store/models/thresholds.ts';
import { openSlideModels } from './adapters/slide-models.ts';
import { defined } from '../core/defined.ts';

export interface CalibrateOptions {
  /** As `framesift slides` takes them; exactly one of the three. */
  readonly embedder?: string;
  readonly frameClassifier?: string;
  readonly kinds?: string;
  readonly kindLabels?: string;
  readonly device?: Device;
  /** Seconds between frames that are looked at. Default 2. */
  readonly every?: number;
  readonly signal: AbortSignal;
  /** Told as each talk is looked through. */
  readonly onTalk?: (name: string, pictures: number) => void;
}

export type Calibration = { readonly stored: boolean; readonly why?: string } & (
  | { readonly use: 'embedder'; readonly thresholds: EmbeddingThresholds }
  | { readonly use: 'gate' | 'kinds'; readonly thresholds: ShareThreshold }
);

/** `NAME.truth.json`: what a talk shows when. Times in seconds. */
const Truth = z.object({
  video: z.string().min(1),
  segments: z
    .array(
      z.object({
        kind: z.string(),
        slide: z.number().optional(),
        build: z.number().optional(),
        start: z.number(),
        end: z.number(),
      }),
    )
    .min(1),
});
type Segment = z.output<typeof Truth>['segments'][number];

/** Frames nearer than this to a change may show both sides of it. */
const edgeSeconds = 0.5;
/** Pictures of one stretch that are looked at: more of the same say nothing new. */
const maxOfAStretch = 5;
/** Pictures that are measured at once. */
const batch = 32;

interface Sample<T> {
  readonly talk: string;
  readonly segment: Segment;
  readonly value: T;
}

/**
 * Finds a model's thresholds on talks whose truth is known, and keeps them under the model's digest. Too few pictures,
 * or a model that cannot tell, are said and not kept.
 *
 * @param folder holds `NAME.truth.json` files and the videos that they name
 * @throws FramesiftError `usage`, `input`, `model` or `dependency`
 */
export async function calibrate(folder: string, options: CalibrateOptions): Promise<Calibration> {
  const { embedder, frameClassifier, kinds, kindLabels, device = 'auto' } = options;
  if ([embedder, frameClassifier, kinds].filter((one) => one !== undefined).length !== 1) {
    throw new FramesiftError('usage', 'Give one of --embedder MODEL, --frame-classifier FILE.onnx, --kinds MODEL.');
  }
  if (kindLabels !== undefined && kinds === undefined) {
    throw new FramesiftError('usage', '--kind-labels has no effect here: it needs --kinds.');
  }
  const talks = await readTalks(folder);
  await using opened = await openSlideModels({
    embedder: embedder ?? 'none',
    frameClassifier: frameClassifier === undefined ? [] : [frameClassifier],
    device,
    ...defined({ kinds, kindLabels }),
  });
  const { models, records } = opened;
  const digest = records[0]!.version!;
  const about = {
    calibrated: new Date().toISOString().slice(0, 10),
    talks: talks.map(({ name }) => name),
  };
  if (models.embedder) {
    const samples = await measureTalks(talks, models.embedder.measure, options);
    const thresholds = { model: models.embedder.id, ...about, ...pairThresholds(samples) };
    const why = whyNotPairs(thresholds);
    if (why === undefined) await saveThresholds({ embedder: { [digest]: thresholds } });
    return { use: 'embedder', thresholds, stored: why === undefined, ...defined({ why }) };
  }
  const [classifier] = models.gate ?? [];
  const use = classifier ? 'gate' : 'kinds';
  let result: ShareResult;
  let samples: readonly Sample<unknown>[];
  if (classifier) {
    const said = await measureTalks(talks, classifier.measure, options);
    const kept = (slides: boolean) =>
      said.filter(({ segment }) => isSlide(segment) === slides).map((s) => s.value.kept);
    result = kept(true).length === 0 ? nothing : calibrateGate(kept(true), kept(false));
    samples = said;
  } else {
    const { measure, labels } = models.kinds!;
    const said = await measureTalks(talks, measure, options);
    result = calibrateWords(said.map(({ segment, value }) => judged(segment, value, labels)));
    samples = said;
  }
  const slides = samples.filter(({ segment }) => isSlide(segment)).length;
  const pictures = { slides, others: samples.length - slides };
  const model = classifier?.id ?? models.kinds!.id;
  const thresholds: ShareThreshold = { model, ...about, ...result, pictures };
  const why = whyNotShares(thresholds);
  if (why === undefined) {
    await saveThresholds({ [use]: { [opened.kindsKey ?? digest]: thresholds } });
  }
  return { use, thresholds, stored: why === undefined, ...defined({ why }) };
}

const nothing: ShareResult = { threshold: 0, decided: 0, right: 0 };
const isSlide = ({ kind }: Segment): boolean => kind === 'slide';

/** Right where slides are called some sort of slide, and everything else is not. */
function judged(
  segment: Segment,
  shares: readonly number[],
  labels: readonly { readonly kind: string }[],
): { confidence: number; right: boolean } {
  const byKind = new Map<string, number>();
  for (const [index, share] of shares.entries()) {
    const { kind } = labels[index]!;
    byKind.set(kind, (byKind.get(kind) ?? 0) + share);
  }
  const [kind, confidence] = [...byKind].reduce((most, each) => (each[1] > most[1] ? each : most));
  return { confidence: Math.min(1, confidence), right: kind.startsWith('slide') === isSlide(segment) };
}

function pairThresholds(samples: readonly Sample<Float32Array>[]) {
  const [same, different]: [number[], number[]] = [[], []];
  const slides = samples.filter(({ segment }) => isSlide(segment));
  for (const [index, a] of slides.entries()) {
    for (const b of slides.slice(index + 1)) {
      // Across talks everything differs, which is too easy to learn from.
      if (a.talk !== b.talk) continue;
      const [one, other] = [a.segment, b.segment];
      if (one.slide !== other.slide) different.push(cosineSimilarity(a.value, b.value));
      // Two states of a build are one slide, and are meant to look different.
      else if (one.build === other.build) same.push(cosineSimilarity(a.value, b.value));
    }
  }
  const pairs = { same: same.length, different: different.length };
  if (same.length === 0 || different.length === 0) return { candidate: 0, same: 1, auc: 0.5, pairs };
  const found = calibratePairs(same, different);
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    candidate: rounded(found.candidate),
    same: Math.min(1, rounded(found.same)),
    auc: rounded(found.auc),
    pairs,
  };
}

function whyNotPairs({ pairs, auc }: EmbeddingThresholds): string | undefined {
  if (pairs.same < minPairs.same || pairs.different < minPairs.different) {
    return `${pairs.same} pairs of one slide and ${pairs.different} of two are too few (at least ${minPairs.same} and ${minPairs.different}): give more talks, or a smaller --every`;
  }
  return auc < 0.75 ? `the model cannot tell slides apart on these talks (AUC ${auc}, chance is 0.5)` : undefined;
}

function whyNotShares({ pictures: { slides, others }, decided, right }: ShareThreshold): string | undefined {
  if (slides < minPictures.slides || others < minPictures.others) {
    return `${slides} pictures of slides and ${others} of other things are too few (at least ${minPictures.slides} and ${minPictures.others}): give more talks, or a smaller --every`;
  }
  return right === 0 || right < decided * 0.5
    ? 'the model cannot tell slides from other things on these talks'
    : undefined;
}

async function readTalks(folder: string): Promise<{ name: string; video: string; segments: readonly Segment[] }[]> {
  const names = await readdir(folder).catch(() => {
    throw new FramesiftError(
      'input',
      `${folder}: no such folder. Give one with NAME.truth.json files and their videos.`,
    );
  });
  const talks = [];
  for (const file of names.filter((name) => name.endsWith('.truth.json')).toSorted()) {
    try {
      const truth = Truth.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
      talks.push({ name: file.replace('.truth.json', ''), video: join(folder, truth.video), segments: truth.segments });
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : messageOf(error);
      throw new FramesiftError('input', `${join(folder, file)}: not the truth of a talk (${why}).`);
    }
  }
  if (talks.length === 0) {
    throw new FramesiftError(
      'input',
      `${folder}: holds no NAME.truth.json. See docs/guide/models.md for what is in one.`,
    );
  }
  return talks;
}

/** Measures pictures from the inside of each stretch, a batch at a time; no more frames are alive than that. */
async function measureTalks<T>(
  talks: Awaited<ReturnType<typeof readTalks>>,
  measure: Measure<T>,
  { signal, every = 2, onTalk }: CalibrateOptions,
): Promise<Sample<T>[]> {
  const samples: Sample<T>[] = [];
  for (const { name, video, segments } of talks) {
    const before = samples.length;
    const taken = new Map<Segment, number>();
    let waiting: { frame: Frame; segment: Segment }[] = [];
    const settle = async (): Promise<void> => {
      const values = await measure.of(
        waiting.map(({ frame }) => frame),
        { signal },
      );
      for (const [index, { frame, segment }] of waiting.entries()) {
        samples.push({ talk: name, segment, value: values[index]! });
        frame[Symbol.dispose]();
      }
      waiting = [];
    };
    await using source = await openVideo(video, { signal });
    try {
      for await (const frame of source.frames({ everySeconds: every }, { signal })) {
        const time = frame.timeSeconds;
        const segment = segments.find(({ start, end }) => time >= start + edgeSeconds && time <= end - edgeSeconds);
        const sofar = segment ? (taken.get(segment) ?? 0) : 0;
        if (!segment || segment.kind === 'transition' || sofar >= maxOfAStretch) {
          frame[Symbol.dispose]();
          continue;
        }
        taken.set(segment, sofar + 1);
        waiting.push({ frame, segment });
        if (waiting.length >= batch) await settle();
      }
      await settle();
    } finally {
      for (const { frame } of waiting) frame[Symbol.dispose]();
    }
    onTalk?.(name, samples.length - before);
  }
  return samples;
}
