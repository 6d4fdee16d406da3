import type { Calibration, MeasuredEvent } from '../../core/driver-state.ts';
import type { FaceMeasurement } from '../../core/face.ts';
import type { OpenRun } from '../../engine/lifecycle/workflow.ts';
import type { FrameSource } from '../../core/video.ts';
import { calibrate } from './rules/calibration.ts';
import { calibrationDoubt } from './rules/calibration-doubt.ts';
import { concludeDriver, type DriverConclusion } from './rules/conclude.ts';
import { defaultDriverRules, type DriverRules } from './rules/rules.ts';
import { eventPictures } from './measuring/event-pictures.ts';
import type { StageSpan } from '../../engine/stopwatch.ts';
import { annotate } from '../../export/driver-lanes/annotate.ts';
import { encodePng } from '../../export/driver-lanes/png.ts';
import { runFiles } from '../../store/run-files.ts';
import { makeFolder, writeWhole } from '../../store/write-file.ts';
import type { FaceMeter } from '../../vision/face/face-meter.ts';
import type { Adapters } from '../adapters.ts';
import { readableEvents } from '../questions/read-events.ts';
import { measureDriver, meterOptionsOf, type Measured } from './measure.ts';
import type { MeasureOptions } from './options.ts';
import { readStoredCalibration, writeConclusion } from './results.ts';
import { loadDriverRules } from './rules-file.ts';

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
export async function readFaceSettings({ rules, calibration }: MeasureOptions): Promise<FaceSettings> {
  const known = calibration === undefined ? undefined : await readStoredCalibration(calibration);
  return {
    rules: rules === undefined ? defaultDriverRules : await loadDriverRules(rules),
    ...(known ? { calibration: known } : {}),
  };
}

export interface FaceOrder {
  readonly run: OpenRun;
  readonly options: MeasureOptions;
  readonly settings: FaceSettings;
  readonly adapters: Adapters;
  /** Borrowed. Read several times, one after another. */
  readonly source: FrameSource;
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
const maxPictures = 40;
const pictureSide = 480;

/**
 * Measures, stores, concludes and draws pictures of the events: the stages `measure` and `conclude`. Of what an earlier run
 * has done nothing is done again.
 *
 * @throws FramesiftError of decoder, models or disk
 */
export async function watchFace(order: FaceOrder): Promise<FaceOutcome> {
  const { run, options, settings, source, onMeasured, signal } = order;
  await using opened = new AsyncDisposableStack();
  let meter: FaceMeter | undefined;
  const openMeter = async (): Promise<FaceMeter> =>
    (meter ??= opened.use(await order.adapters.faceMeter(meterOptionsOf(options))));
  const measuring = run.stage('measure');
  if (measuring.earlier !== 'part') await measuring.begin();
  const { trace } = run;
  const measured = await measureDriver({
    folder: run.folder.path,
    options,
    earlier: measuring.earlier,
    source,
    meter: openMeter,
    ...(trace ? { onSpan: ({ stage, ...span }: StageSpan) => trace({ stage, name: stage, ...span }) } : {}),
    ...(onMeasured ? { onMeasured } : {}),
    onProgress: run.tell,
    onContinued: (frames) => measuring.begin(frames),
    signal,
  });
  await measuring.end();
  const { measurements, endSeconds } = measured;
  const conclusion = concludeDriver(measurements, endSeconds, settings.rules, settings.calibration);
  order.onConcluded?.(conclusion);
  const concluding = run.stage('conclude');
  const events =
    concluding.earlier === 'done'
      ? await withStoredPictures(run.folder.path, conclusion.events)
      : await withPictures(order, conclusion.events, openMeter);
  await writeConclusion(run.folder.path, conclusion, settings.rules, endSeconds);
  return { measured, conclusion, events, warnings: warningsOf(measured, conclusion.calibration, settings.rules) };
}

/** The events with the pictures that an earlier run drew of them. */
async function withStoredPictures(folder: string, events: readonly MeasuredEvent[]): Promise<MeasuredEvent[]> {
  const stored = new Map((await readableEvents(folder)).measured.map(({ id, image }) => [id, image]));
  return events.map((event) => {
    const image = stored.get(event.id);
    return image === undefined ? event : { ...event, image };
  });
}

async function withPictures(
  { run: { folder }, source, options, signal }: FaceOrder,
  events: readonly MeasuredEvent[],
  openMeter: () => Promise<FaceMeter>,
): Promise<MeasuredEvent[]> {
  if (events.length === 0) return [];
  await makeFolder(folder.file(runFiles.eventPictures));
  const images = new Map<string, string>();
  const meter = await openMeter();
  const pictures = eventPictures({
    source,
    read: (...one) => meter.read(...one),
    events: events.slice(0, maxPictures),
    longestSide: pictureSide,
    signal,
  });
  for await (const { event, picture, driver, faces } of pictures) {
    const image = `${runFiles.eventPictures}/${event.id}.png`;
    const drawn = annotate(picture, { faces, blurFaces: options.redact !== undefined, ...(driver ? { driver } : {}) });
    await writeWhole(folder.file(image), encodePng(drawn));
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
