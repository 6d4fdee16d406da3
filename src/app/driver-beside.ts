import type { MeasuredEvent } from '../core/driver-state.ts';
import { FramesiftError } from '../core/errors.ts';
import type { RunRecord } from '../core/run.ts';
import type { StageTime } from '../core/stage-time.ts';
import type { Workflow } from '../core/workflow.ts';
import { MeasuredAhead } from '../engine/driver-face/measured-ahead.ts';
import { verifyEvents } from '../engine/driver-face/verify-events.ts';
import type { Calm } from '../engine/questions/adaptive.ts';
import type { EncodeOptions } from '../engine/questions/encode.ts';
import type { QuestionsEvent } from '../engine/questions/events.ts';
import type { StageSpan } from '../engine/stopwatch.ts';
import type { DriverLanesData } from '../export/driver-lanes/section.ts';
import type { VisionLanguageModel } from '../llm/model.ts';
import { Verifications } from '../store/verifications.ts';
import { together } from '../stream/together.ts';
import { checkFaceEngine } from '../vision/face/models.ts';
import { verifying } from '../workflows/driver/verification.ts';
import type { DecoderTally } from './decoder-tally.ts';
import type { DriverFaceOptions } from './driver-face-options.ts';
import { lanesOf, writeConclusion } from './driver-face-results.ts';
import { readFaceSettings, watchFace, type FaceOutcome, type FaceSettings } from './driver-face-stage.ts';
import { openSourceFor, type MeasureProgress } from './driver-measure.ts';
import type { OverlayProgress } from './driver-overlay.ts';
import type { SharedModels } from './shared-models.ts';

/** The on-device engine beside a language model, with all that it was told. */
export interface Beside {
  readonly options: DriverFaceOptions;
  readonly settings: FaceSettings;
}

/** What beside a model's answers was measured. */
export interface MeasuredBeside {
  /** In order of beginning, with their pictures and the model's opinions. */
  readonly events: readonly MeasuredEvent[];
  readonly warnings: readonly string[];
  /** What measuring took, but for decoding, which is in the tally. */
  readonly stages: readonly StageTime[];
  /** Of the measuring decoder, where this run measured; MB. */
  readonly decoderMemoryMb: number;
  readonly lanes: DriverLanesData;
}

/** All that measuring beside a model needs. */
export interface BesideOrder extends Beside {
  readonly video: string;
  readonly identity: RunRecord['source'];
  /** The run's folder, held by the caller. */
  readonly folder: string;
  readonly anew: boolean;
  /** Lends the face meter, so that several runs load its networks once. */
  readonly shared?: SharedModels;
  readonly model: VisionLanguageModel;
  /** Whose system text verification uses, and whose number of frames. */
  readonly workflow: Workflow;
  readonly encode: EncodeOptions;
  /** A calm window is asked at the latest so many seconds after the last one that was asked. */
  readonly calmGapSeconds: number;
  /** Where the time of the decoders that this opens is counted. */
  readonly tally: DecoderTally;
  readonly signal: AbortSignal;
  /** What verification tells while it goes. */
  readonly emit: (event: QuestionsEvent) => void;
  readonly onProgress: (progress: MeasureProgress | OverlayProgress) => void;
  /** Told when nothing is left to measure or to draw. */
  readonly onMeasured: () => void;
  /** Told each event with the model's opinion, as that comes. */
  readonly onEvent: (event: MeasuredEvent) => void;
  readonly onWarning: (message: string) => void;
  readonly onSpan?: (span: StageSpan) => void;
}

/**
 * Reads what the engine is told. Where its packages are not installed, says so and gives undefined: the questions can be
 * asked without it.
 *
 * @throws FramesiftError `usage` or `input` where an option is wrong
 */
export async function readBeside(
  options: DriverFaceOptions,
  warn: (message: string) => void,
): Promise<Beside | undefined> {
  const settings = await readFaceSettings(options);
  try {
    await checkFaceEngine();
  } catch (error) {
    if (!(error instanceof FramesiftError)) throw error;
    warn(`Nothing is measured on this device, only the model is asked: ${error.message}`);
    return undefined;
  }
  return { options, settings };
}

/**
 * Measures, verifies and asks side by side. Measuring leads: what is asked waits only where it matters whether a stretch
 * is calm and that is not certain yet, and an event is shown to the model as soon as it has ended. So the results are those
 * of measuring all before the first question, and the time is that of the slower of both.
 *
 * Each has a decoder of its own, which rests while nobody takes its frames: the questions are about a fraction of the
 * frames, about a minute behind those being measured, and keeping these would cost more than decoding them again.
 *
 * @param ask asks the questions; when it or measuring fails, the other one is stopped
 * @throws FramesiftError of decoder, models, server or disk, or the signal's reason
 */
export async function askBeside<Asked>(
  order: BesideOrder,
  ask: (calm: Calm, signal: AbortSignal) => Promise<Asked>,
): Promise<{ readonly asked: Asked; readonly measured: MeasuredBeside }> {
  const { settings, calmGapSeconds } = order;
  const works = (within: AbortSignal) => {
    const ahead = new MeasuredAhead(settings.rules, settings.calibration, within);
    const calm: Calm = { holds: (stretch) => ahead.isCalm(stretch), maxGapSeconds: calmGapSeconds };
    return [measure(order, ahead, within), verify(order, ahead, within), ask(calm, within)] as const;
  };
  type Results = readonly [FaceOutcome, readonly MeasuredEvent[], Asked];
  const [{ measured, conclusion, events, warnings }, verified, asked] = await together<Results>(order.signal, works);
  const opinions = new Map(verified.map((event) => [event.id, event]));
  const own = events.map((event) => {
    const opinion = opinions.get(event.id)?.opinion;
    return opinion ? { ...event, opinion } : event;
  });
  const lanes = await lanesOf(order.folder, conclusion, own, settings.rules, measured.endSeconds);
  const stages = measured.stages.filter(({ where }) => where !== 'decoder');
  const decoderMemoryMb = measured.stages.length > 0 ? measured.decode.peakMemoryMb : 0;
  return { asked, measured: { events: own, warnings, stages, decoderMemoryMb, lanes } };
}

async function measure(order: BesideOrder, ahead: MeasuredAhead, signal: AbortSignal): Promise<FaceOutcome> {
  const { video, options, settings, folder, tally, onSpan } = order;
  await using source = await openSourceFor(video, options, signal);
  const pass = watchFace({
    ...order,
    source,
    onMeasured: (measurement) => ahead.push(measurement),
    onConcluded: (conclusion) => ahead.conclude(conclusion),
    ...(onSpan ? { onSpan } : {}),
    signal,
  });
  let step = await pass.next();
  for (; !step.done; step = await pass.next()) if (step.value.type === 'progress') order.onProgress(step.value);
  const { measured, conclusion, warnings } = step.value;
  await tally.add(source);
  await writeConclusion(folder, conclusion, settings.rules, measured.endSeconds);
  for (const message of warnings) order.onWarning(message);
  order.onMeasured();
  return step.value;
}

/** Asks the model whether it sees the measured events too, each on frames of its own span. */
async function verify(order: BesideOrder, ahead: MeasuredAhead, signal: AbortSignal): Promise<MeasuredEvent[]> {
  const { video, options, folder, model, workflow, encode, emit, tally } = order;
  const verified: MeasuredEvent[] = [];
  const events = verifyEvents({
    events: ahead.events,
    // Events are rare: a decoder that is there for each of them costs less memory than one that waits for them.
    framesOf: async function* (sampler, { signal: within }) {
      await using source = await openSourceFor(video, options, within);
      try {
        yield* source.frames(sampler, { signal: within });
      } finally {
        if (!within.aborted) await tally.add(source);
      }
    },
    model,
    store: await Verifications.open(folder, model.id, !options.blurFaces),
    workflowOf: (rule) => verifying(workflow, rule),
    frames: workflow.sample.window,
    encode,
    signal,
    emit,
  });
  for await (const event of events) {
    verified.push(event);
    order.onEvent(event);
  }
  return verified;
}

/** All of it that changes what is measured, asked or drawn. */
export function besideKey({ options, settings }: Beside, calmGapSeconds: number): readonly unknown[] {
  const { faceFps, from, until, seat, objects, blurFaces } = options;
  return [faceFps, from, until, seat, objects, blurFaces, settings, calmGapSeconds];
}
