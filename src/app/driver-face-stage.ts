import { join } from 'node:path';
import type { Calibration, MeasuredEvent } from '../core/driver-state.ts';
import type { FaceMeasurement } from '../core/face.ts';
import type { RunRecord } from '../core/run.ts';
import type { FrameSource } from '../core/video.ts';
import { calibrate } from '../detect/driver/calibration.ts';
import { calibrationDoubt } from '../detect/driver/calibration-doubt.ts';
import { concludeDriver, type DriverConclusion } from '../detect/driver/conclude.ts';
import { defaultDriverRules, type DriverRules } from '../detect/driver/rules.ts';
import { eventPictures } from '../engine/driver-face/event-pictures.ts';
import type { StageSpan } from '../engine/stopwatch.ts';
import { annotate } from '../export/driver-lanes/annotate.ts';
import { encodePng } from '../export/driver-lanes/png.ts';
import { makeFolder, writeWhole } from '../store/write-file.ts';
import { openFaceMeter, type FaceMeter, type FaceMeterOptions } from '../vision/face/face-meter.ts';
import type { DriverFaceOptions } from './driver-face-options.ts';
import { driverFaceFiles, readStoredCalibration } from './driver-face-results.ts';
import {
  measureDriver,
  meterOptionsOf,
  openSourceFor,
  type MeasureProgress,
  type MeasureResumed,
  type Measured,
} from './driver-measure.ts';
import { writeOverlay, type OverlayProgress } from './driver-overlay.ts';
import { loadDriverRules } from './driver-rules.ts';
import type { SharedModels } from './shared-models.ts';

/** What the rules are for a run: its own table and calibration, or the defaults. */
export interface FaceSettings {
  readonly rules: DriverRules;
  /** Taken over from an earlier drive; calibrated on the video where absent. */
  readonly calibration?: Calibration;
}

/**
 * Reads what the options name. Done before anything else: a mistake in a table should not cost an hour of measuring.
 *
 * @throws FramesiftError `usage` or `input`
 */
export async function readFaceSettings({ rules, calibration }: DriverFaceOptions): Promise<FaceSettings> {
  const known = calibration === undefined ? undefined : await readStoredCalibration(calibration);
  return {
    rules: rules === undefined ? defaultDriverRules : await loadDriverRules(rules),
    ...(known ? { calibration: known } : {}),
  };
}

export interface FaceStage {
  readonly video: string;
  readonly identity: RunRecord['source'];
  /** The run's folder, held by the caller. */
  readonly folder: string;
  readonly options: DriverFaceOptions;
  readonly settings: FaceSettings;
  /** Borrowed. Read several times, one after another. */
  readonly source: FrameSource;
  readonly anew: boolean;
  /** Lends the meter, so that several runs load its networks once. */
  readonly shared?: SharedModels;
  /** Told each stretch of work as it ends, for a trace. */
  readonly onSpan?: (span: StageSpan) => void;
  /** Told each measurement as it comes, as `MeasureOrder` says. */
  readonly onMeasured?: (measurement: FaceMeasurement) => void;
  /** Told what was concluded, before pictures are made of it. */
  readonly onConcluded?: (conclusion: DriverConclusion) => void;
  readonly signal: AbortSignal;
}

export interface FaceOutcome {
  readonly measured: Measured;
  readonly conclusion: DriverConclusion;
  /** With their pictures. */
  readonly events: readonly MeasuredEvent[];
  readonly warnings: readonly string[];
}

/** Events that get a picture, by beginning: more fill a page without saying more. */
const mostPictures = 40;
const pictureSide = 480;

/**
 * The on-device engine's part of a run: measures, stores, concludes, draws pictures of the events. What it concluded is
 * the caller's to write.
 *
 * @throws FramesiftError of decoder, models or disk
 */
export async function* watchFace(
  stage: FaceStage,
): AsyncGenerator<MeasureProgress | MeasureResumed | OverlayProgress, FaceOutcome> {
  const { video, identity, folder, options, settings, source, anew, onSpan, onMeasured, signal } = stage;
  await using opened = new AsyncDisposableStack();
  let meter: FaceMeter | undefined;
  const open = (of: FaceMeterOptions): Promise<FaceMeter> => (stage.shared ? stage.shared.face(of) : openFaceMeter(of));
  const openMeter = async (): Promise<FaceMeter> => (meter ??= opened.use(await open(meterOptionsOf(options))));
  const order = { video, identity, folder, options, source, meter: openMeter, anew, signal };
  const told = { ...(onSpan ? { onSpan } : {}), ...(onMeasured ? { onMeasured } : {}) };
  const measured = yield* measureDriver({ ...order, ...told });
  const { measurements, endSeconds } = measured;
  const conclusion = concludeDriver(measurements, endSeconds, settings.rules, settings.calibration);
  stage.onConcluded?.(conclusion);
  const events = await withPictures(stage, conclusion.events, openMeter);
  if (options.overlay !== undefined) {
    yield* writeOverlay({ path: options.overlay, source, options, conclusion, endSeconds, signal });
  }
  return { measured, conclusion, events, warnings: warningsOf(measured, conclusion.calibration, settings.rules) };
}

async function withPictures(
  { folder, source, options, signal }: FaceStage,
  events: readonly MeasuredEvent[],
  openMeter: () => Promise<FaceMeter>,
): Promise<MeasuredEvent[]> {
  if (events.length === 0) return [];
  await makeFolder(join(folder, driverFaceFiles.pictures));
  const images = new Map<string, string>();
  const meter = await openMeter();
  const pictures = eventPictures({
    source,
    read: (...one) => meter.read(...one),
    events: events.slice(0, mostPictures),
    longestSide: pictureSide,
    signal,
  });
  for await (const { event, picture, driver, faces } of pictures) {
    const image = `${driverFaceFiles.pictures}/${event.id}.png`;
    const drawn = annotate(picture, { faces, blurFaces: options.blurFaces, ...(driver ? { driver } : {}) });
    await writeWhole(join(folder, image), encodePng(drawn));
    images.set(event.id, image);
  }
  return events.map((event) => {
    const image = images.get(event.id);
    return image === undefined ? event : { ...event, image };
  });
}

function warningsOf({ measurements, decode }: Measured, calibration: Calibration, rules: DriverRules): string[] {
  const warnings: string[] = [];
  const { truncated, damaged, endSeconds } = decode;
  if (truncated)
    warnings.push(`The file ends at ${endSeconds.toFixed(1)} s, before its header says: it is probably cut off.`);
  if (damaged > 0)
    warnings.push(`${damaged} damaged packets or frames were met; what was measured there may be wrong.`);
  let faces = 0;
  for (const { driver } of measurements) if (driver) faces += 1;
  if (measurements.length > 0 && faces < measurements.length / 2) {
    const share = Math.round((faces / measurements.length) * 100);
    warnings.push(
      `A face was seen in only ${share} % of the frames: little can be said. Is the driver in the picture, or --seat wrong?`,
    );
  }
  const own = calibration.stored ? calibrate(measurements, rules) : calibration;
  const doubt = calibrationDoubt(calibration, own, rules);
  // Where no face was seen, that was said above.
  if (doubt !== undefined && faces > 0) warnings.push(doubt);
  return warnings;
}

/** Opens the video that a stage reads. */
export const openStageSource = openSourceFor;
