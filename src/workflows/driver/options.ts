import { z } from 'zod';
import { FramesiftError } from '../../core/errors.ts';
import { allOf, parseOptions, refuseEffectless, videoOptions } from '../parse-options.ts';
import { redactions } from '../redaction.ts';
import { questionOptions, refuseEffectlessQuestions, withPreset, type QuestionsOptions } from '../questions/options.ts';

const share = z.number().min(0, 'must be 0–1').max(1, 'must be 0–1');

const seatWanted =
  'takes four numbers from 0 to 1: left, top, width, height, as shares of the picture, such as 0.5,0,0.5,1';

/** Options of measuring the driver on this device. */
const measureOptions = {
  /** Frames measured a second. Blinks of 0.1–0.4 s are seen from 10 on. */
  faceFps: z.number().min(1, 'must be at least 1').max(60, 'must be at most 60').default(10),
  /** Left, top, width, height of the driver's seat as shares of the picture: faces elsewhere are passengers. Default: the largest face drives. */
  seat: z.tuple([share, share, share, share], { error: seatWanted }).optional(),
  /** The side of the car that the driver sits on, the camera in front: of two faces about as large, the one there drives. Default: the largest face drives. */
  drive: z.enum(['left', 'right'], { error: 'takes left or right' }).optional(),
  /** Whether phones and hands are looked for, once a second. */
  objects: z.boolean().default(true),
  /** YAML table that overrides rules. Default: none. */
  rules: z.string().optional(),
  /** `driver.json` of an earlier run of the same driver and camera, whose calibration is taken over. Default: calibrated on this video. */
  calibration: z.string().optional(),
  /** Where the video with what was measured drawn in is written, as MP4. Default: it is not. */
  overlay: z.string().min(1).optional(),
};

export const driverOptionsSchema = z.strictObject({
  ...videoOptions,
  ...measureOptions,
  ...questionOptions,
  /** Whether the driver is measured on this device. Without it only a model is asked. */
  measure: z.boolean().default(true),
  /** A window measured as calm is asked at the latest so many seconds after the last one that was asked. */
  calmGap: z.number().positive().default(30),
  /** What is made unrecognizable in every picture, and in the overlay, before it is sent or stored. Default: nothing. */
  redact: z.enum(redactions).optional(),
});

type All = z.output<typeof driverOptionsSchema>;
/** The options of `driver` as they are given; all have a default. A `model` or a `preset` has a model asked. */
export type DriverOptionsInput = z.input<typeof driverOptionsSchema>;
/** What measuring is told. */
export type MeasureOptions = Pick<All, keyof typeof measureOptions | keyof typeof videoOptions | 'redact'>;
/** What asking beside it is told. */
export type AskOptions = QuestionsOptions & Pick<All, 'calmGap'>;

/** The options of a run of the driver workflow; at least one of both parts is there. */
export interface DriverOptions {
  readonly measure?: MeasureOptions;
  readonly ask?: AskOptions;
}

const onlyMeasuring = Object.keys(measureOptions);
const onlyAsking = [...Object.keys(questionOptions).filter((key) => key !== 'redact'), 'calmGap'];

/**
 * Reads the options of the driver workflow: a model, or a preset, has it asked.
 *
 * @throws FramesiftError `usage` naming the option and what it takes, or what it has no effect without
 */
export function parseDriverOptions(input: unknown): DriverOptions {
  const all = parseOptions(driverOptionsSchema, input, 'driver');
  const asks = all.model !== undefined || all.preset !== undefined;
  refuseEffectless(driverOptionsSchema, input, {
    ...allOf(onlyMeasuring, !all.measure && 'needs measuring, and --no-measure does without'),
    ...allOf(onlyAsking, !asks && 'needs --model or --preset'),
    ...(all.measure ? {} : { calmGap: 'needs measuring, and --no-measure does without' }),
  });
  if (!asks && !all.measure) throw new FramesiftError('usage', '--no-measure leaves nothing to do without --model.');
  if (asks) refuseEffectlessQuestions(input, all);
  const keep = (keys: readonly string[]) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
  return {
    ...(all.measure ? { measure: keep([...onlyAsking, 'measure']) as unknown as MeasureOptions } : {}),
    ...(asks ? { ask: withPreset(keep([...onlyMeasuring, 'measure'])) as unknown as AskOptions } : {}),
  };
}

/** As `run.json` holds them, and as they can be given again. */
export function flatOptions({ measure, ask }: DriverOptions): Record<string, unknown> {
  return { ...measure, ...ask, ...(measure ? {} : { measure: false }) };
}
