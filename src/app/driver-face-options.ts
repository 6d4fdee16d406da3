import { z } from 'zod';
import { hwaccels } from '../media/hwaccel.ts';
import { decoders } from '../media/open-video.ts';
import { parseOptions } from './parse-options.ts';

const share = z.number().min(0, 'must be 0–1').max(1, 'must be 0–1');

const seatWanted =
  'takes four numbers from 0 to 1: left, top, width, height, as shares of the picture, such as 0.5,0,0.5,1';

/** Every option of the on-device driver engine with its default; `run.json` holds them all. */
export const driverFaceOptionsSchema = z.strictObject({
  /** Frames measured a second. Blinks of 0.1–0.4 s are seen from 10 on. */
  faceFps: z.number().min(1, 'must be at least 1').max(60, 'must be at most 60').default(10),
  /** Look at nothing before, or from, this time in seconds. */
  from: z.number().nonnegative().optional(),
  until: z.number().nonnegative().optional(),
  decoder: z.enum(decoders).default('auto'),
  /** Hardware to decode with. */
  hwaccel: z.enum(hwaccels).default('none'),
  /** Decoder threads; default: one for each core. */
  threads: z.int().min(1).max(64).optional(),
  /** Left, top, width, height of the driver's seat as shares of the picture: faces elsewhere are passengers. */
  seat: z.tuple([share, share, share, share], { error: seatWanted }).optional(),
  /** Whether telephones and hands are looked for, once a second. */
  objects: z.boolean().default(true),
  /** YAML table that overrides rules. */
  rules: z.string().optional(),
  /** `driver.json` of an earlier run of the same driver and camera, whose calibration is taken over. */
  calibration: z.string().optional(),
  /** Where the video with what was measured drawn in is written, as MP4. */
  overlay: z.string().min(1).optional(),
  /** Whether faces in pictures of the report, and in the overlay, are made unrecognizable. */
  blurFaces: z.boolean().default(false),
});

export type DriverFaceOptions = z.output<typeof driverFaceOptionsSchema>;
export type DriverFaceOptionsInput = z.input<typeof driverFaceOptionsSchema>;

/** @throws FramesiftError `usage` naming the option and what it takes */
export function parseDriverFaceOptions(input: unknown): DriverFaceOptions {
  return parseOptions(driverFaceOptionsSchema, input, 'driver');
}
