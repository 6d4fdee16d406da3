import type { MeasuredEvent } from '../core/driver-state.ts';
import { FramesiftError } from '../core/errors.ts';
import type { StageTime } from '../core/stage-time.ts';
import { calmStretches } from '../detect/driver/calm.ts';
import { verifyEvents } from '../engine/driver-face/verify-events.ts';
import type { Calm } from '../engine/questions/adaptive.ts';
import type { EncodeOptions } from '../engine/questions/encode.ts';
import type { QuestionsEvent } from '../engine/questions/events.ts';
import type { DriverLanesData } from '../export/driver-lanes/section.ts';
import type { VisionLanguageModel } from '../llm/model.ts';
import { Verifications } from '../store/verifications.ts';
import { checkFaceEngine } from '../vision/face/models.ts';
import { verifying } from '../workflows/driver/verification.ts';
import type { Workflow } from '../core/workflow.ts';
import type { DriverFaceOptions } from './driver-face-options.ts';
import { lanesOf, writeConclusion } from './driver-face-results.ts';
import { readFaceSettings, watchFace, type FaceSettings, type FaceStage } from './driver-face-stage.ts';
import type { MeasureProgress } from './driver-measure.ts';
import type { OverlayProgress } from './driver-overlay.ts';

/** The on-device engine beside a language model, with all that it was told. */
export interface Beside {
  readonly options: DriverFaceOptions;
  readonly settings: FaceSettings;
}

/** What beside a model's answers was measured. */
export interface MeasuredBeside {
  /** In order of beginning; with the model's opinions once they were asked for. */
  readonly events: readonly MeasuredEvent[];
  readonly calm: Calm;
  readonly warnings: readonly string[];
  /** What measuring took, but for decoding, which is counted by the one source of both. */
  readonly stages: readonly StageTime[];
  readonly stage: FaceStage;
  readonly lanes: (events: readonly MeasuredEvent[]) => Promise<DriverLanesData>;
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
 * Measures and concludes before a question is asked. Only then is it known which stretches are calm: the driver's own
 * neutral is calibrated over the first minute, and judges that minute too. So a frame that is both measured and shown to
 * the model is decoded twice, which costs a fraction of measuring it.
 */
export async function measureBeside(
  stage: FaceStage,
  calmGapSeconds: number,
  onProgress: (progress: MeasureProgress | OverlayProgress) => void,
): Promise<MeasuredBeside> {
  const pass = watchFace(stage);
  let step = await pass.next();
  for (; !step.done; step = await pass.next()) if (step.value.type === 'progress') onProgress(step.value);
  const { measured, conclusion, events, warnings } = step.value;
  const { folder, settings } = stage;
  await writeConclusion(folder, conclusion, settings.rules, measured.endSeconds);
  return {
    events,
    warnings,
    stages: measured.stages.filter(({ where }) => where !== 'decoder'),
    calm: { holds: calmStretches(conclusion), maxGapSeconds: calmGapSeconds },
    stage,
    lanes: (own) => lanesOf(folder, conclusion, own, settings.rules, measured.endSeconds),
  };
}

export interface VerifyBeside {
  readonly model: VisionLanguageModel;
  /** Whose system text is used, and whose number of frames. */
  readonly workflow: Workflow;
  readonly encode: EncodeOptions;
  readonly emit: (event: QuestionsEvent) => void;
}

/** Asks the model whether it sees the measured events too, each on frames of its own span. */
export async function verifyBeside(
  { events, stage }: MeasuredBeside,
  { model, workflow, encode, emit }: VerifyBeside,
): Promise<readonly MeasuredEvent[]> {
  if (events.length === 0) return events;
  return verifyEvents({
    events,
    source: stage.source,
    model,
    store: await Verifications.open(stage.folder, model.id),
    workflowOf: (rule) => verifying(workflow, rule),
    frames: workflow.sample.window,
    encode,
    signal: stage.signal,
    emit,
  });
}

/** All of it that changes what is measured, asked or drawn. */
export function besideKey({ options, settings }: Beside, calmGapSeconds: number): readonly unknown[] {
  const { faceFps, from, until, seat, objects, blurFaces } = options;
  return [faceFps, from, until, seat, objects, blurFaces, settings, calmGapSeconds];
}
