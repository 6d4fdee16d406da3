import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Calibration, MeasuredEvent } from '../../core/driver-state.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { redactedJson } from '../../core/secrets.ts';
import type { Event } from '../../core/event.ts';
import type { DriverConclusion } from './rules/conclude.ts';
import { blinkLeastSeconds } from './rules/monitor.ts';
import type { DriverRules } from './rules/rules.ts';
import type { DriverLanesData } from '../../export/driver-lanes/section.ts';
import type { RunResults } from '../../engine/lifecycle/workflow.ts';
import { readOwnFile } from '../../store/own-file.ts';
import { runFiles } from '../../store/run-files.ts';
import { writeWhole } from '../../store/write-file.ts';
import { readableEvents, type EventsFile } from '../questions/read-events.ts';
import { defined } from '../../core/defined.ts';

export interface DriverTotals {
  /** The first frame that was measured: later than 0 with `--from`. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly frames: number;
  /** Share of frames in which the eyes could be measured. */
  readonly measurable: number;
  readonly blinks: number;
  /** Of the time in which the eyes could be measured; undefined for less than half a minute of it. */
  readonly blinksPerMinute?: number;
  /** The highest PERCLOS of any minute; undefined where none was measured for long enough. */
  readonly perclosMax?: number;
  /** Events by rule. */
  readonly events: Readonly<Record<string, number>>;
}

export function totalsOf({ moments, blinks, events }: DriverConclusion, endSeconds: number): DriverTotals {
  const counts: Record<string, number> = {};
  for (const { rule } of events) counts[rule] = (counts[rule] ?? 0) + 1;
  let [most, seen] = [-1, 0];
  for (const { perclos, eyes } of moments) {
    most = Math.max(most, perclos ?? -1);
    if (eyes !== undefined) seen += 1;
  }
  const measurable = moments.length === 0 ? 0 : seen / moments.length;
  const startSeconds = moments.at(0)?.timeSeconds ?? 0;
  const eyesSeconds = measurable * (endSeconds - startSeconds);
  return {
    startSeconds,
    endSeconds,
    frames: moments.length,
    measurable: round(measurable),
    blinks: blinks.length,
    ...(eyesSeconds < blinkLeastSeconds ? {} : { blinksPerMinute: round((blinks.length / eyesSeconds) * 60) }),
    ...(most < 0 ? {} : { perclosMax: round(most) }),
    events: counts,
  };
}

/**
 * What asking cost, with what verifying events cost after the last question: what came before it is counted with the
 * questions' own.
 *
 * @param counted requests of the model while questions were asked
 * @param spent all requests of the model in this run
 */
export function withVerifications(
  cost: RunResults['cost'],
  counted: { readonly made: number; readonly tokensIn: number; readonly tokensOut: number },
  spent: { readonly requests: number; readonly tokensIn: number; readonly tokensOut: number },
): RunResults['cost'] {
  return {
    ...cost,
    modelCalls: cost.modelCalls + spent.requests - counted.made,
    tokensIn: cost.tokensIn + spent.tokensIn - counted.tokensIn,
    tokensOut: cost.tokensOut + spent.tokensOut - counted.tokensOut,
  };
}

/** What `run.json` says of measuring. */
export function measuredFigures(
  conclusion: DriverConclusion,
  endSeconds: number,
): {
  readonly counts: Record<string, number>;
  readonly figures: Record<string, number>;
} {
  const totals = totalsOf(conclusion, endSeconds);
  const { frames, blinks, events, startSeconds, measurable, blinksPerMinute, perclosMax } = totals;
  const byRule = Object.entries(events).map(([rule, count]) => [`event:${rule}`, count] as const);
  return {
    counts: { frames, blinks, ...Object.fromEntries(byRule) },
    figures: {
      startSeconds,
      measurable,
      ...defined({ blinksPerMinute, perclosMax }),
    },
  };
}

/**
 * Writes what was concluded besides the events: `spans.json` and `driver.json`.
 *
 * @throws FramesiftError `output`
 */
export async function writeConclusion(
  folder: string,
  conclusion: DriverConclusion,
  rules: DriverRules,
  endSeconds: number,
): Promise<DriverTotals> {
  const totals = totalsOf(conclusion, endSeconds);
  await writeJson(join(folder, runFiles.spans), { spans: conclusion.spans });
  await writeJson(join(folder, runFiles.driver), { calibration: conclusion.calibration, totals, rules });
  return totals;
}

/**
 * Writes `events.json`. What a language model concluded from its own answers is listed beside what was measured, each
 * event saying in `by` where it comes from.
 *
 * @throws FramesiftError `output`
 */
export function writeEvents(
  folder: string,
  measured: readonly MeasuredEvent[],
  asked: readonly Event[] = [],
): Promise<void> {
  const all = [...measured, ...asked.map((event) => ({ by: 'model' as const, ...event }))];
  return writeJson(
    join(folder, runFiles.events),
    all.toSorted((a, b) => a.start - b.start),
  );
}

/**
 * What an earlier run concluded from a model's answers, and what it measured, as far as their stages are kept: a stage that
 * is done anew has lost its files.
 */
export async function keptEvents(folder: string): Promise<EventsFile> {
  const { measured, asked } = await readableEvents(folder);
  return {
    measured: existsSync(join(folder, runFiles.driver)) ? measured : [],
    asked: existsSync(join(folder, runFiles.observations)) ? asked : [],
  };
}

/** What `renderDriverLanes` draws; pictures of events are read from the folder and put inside. */
export async function lanesOf(
  folder: string,
  conclusion: DriverConclusion,
  events: readonly MeasuredEvent[],
  rules: DriverRules,
  endSeconds: number,
): Promise<DriverLanesData> {
  const images = new Map<string, string>();
  for (const { id, image } of events) {
    if (image === undefined) continue;
    const bytes = await readOwnFile(folder, image).catch(() => undefined);
    if (bytes) images.set(id, `data:image/png;base64,${bytes.toString('base64')}`);
  }
  const { startSeconds, blinksPerMinute } = totalsOf(conclusion, endSeconds);
  return {
    startSeconds,
    endSeconds,
    ...defined({ blinksPerMinute }),
    calibration: conclusion.calibration,
    moments: conclusion.moments,
    spans: conclusion.spans,
    events,
    blinks: conclusion.blinks,
    thresholds: {
      eyesClosed: rules.eyesClosedShare,
      perclos: rules.drowsyPerclos,
      mouth: rules.mouthOpenShare,
      headTurned: rules.headTurnedDegrees,
      headPitch: rules.headPitchDegrees,
      gazeYaw: rules.gazeYawDegrees,
      gazePitch: rules.gazePitchDegrees,
    },
    imageOf: ({ id }) => images.get(id),
  };
}

const calibrationSchema = z.object({
  state: z.enum(['calibrated', 'provisional', 'none']),
  usableSeconds: z.number(),
  openSeconds: z.number().optional(),
  openYaws: z.tuple([z.number(), z.number()]).optional(),
  stored: z.literal(true).optional(),
  openEye: z.number().positive(),
  shutEye: z.number().positive().optional(),
  yaw: z.number(),
  pitch: z.number(),
  gazeYaw: z.number(),
  gazePitch: z.number(),
});

const driverFileSchema = z.object({
  calibration: calibrationSchema,
  totals: z.object({ endSeconds: z.number() }),
  rules: z.unknown().optional(),
});

interface DriverFile {
  readonly calibration: Calibration;
  readonly endSeconds: number;
  /** The table as it was written, unchecked. */
  readonly rules: unknown;
}

/**
 * The calibration of an earlier run, to be taken over.
 *
 * @throws FramesiftError `input` where the file is none, or where that run had nothing to calibrate on
 */
export async function readStoredCalibration(path: string): Promise<Calibration> {
  const { calibration } = await readDriverFile(path);
  if (calibration.state === 'none') {
    throw new FramesiftError('input', `${path} holds no calibration: no face was seen in that run. Give another one.`);
  }
  return { ...calibration, stored: true };
}

/**
 * Reads what a later run needs of a run's `driver.json`.
 *
 * @throws FramesiftError `input`
 */
export async function readDriverFile(path: string): Promise<DriverFile> {
  try {
    const { calibration, totals, rules } = driverFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { calibration, endSeconds: totals.endSeconds, rules };
  } catch (error) {
    throw new FramesiftError(
      'input',
      `${path} is not the driver.json of a finished run (${messageOf(error)}). Run the video first.`,
      {
        cause: error,
      },
    );
  }
}

/** Times of the frames by which a model gave its opinions. */
export const framesOfOpinions = (events: readonly MeasuredEvent[]): number[] =>
  events.flatMap(({ opinion }) =>
    opinion?.state === 'given' ? opinion.frames.map(({ timeSeconds }) => timeSeconds) : [],
  );

/** Whether the `driver.json` of a run's folder can be read. */
export const isDriverFile = (folder: string): Promise<boolean> =>
  readDriverFile(join(folder, runFiles.driver)).then(
    () => true,
    () => false,
  );

function writeJson(path: string, value: unknown): Promise<void> {
  return writeWhole(path, `${redactedJson(value, 2)}\n`);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
