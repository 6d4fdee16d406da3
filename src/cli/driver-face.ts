import { resolve } from 'node:path';
import type { Command } from 'commander';
import { analyzeDriverFace, type DriverFaceSummary } from '../app/driver-face.ts';
import type { DriverFaceOptionsInput } from '../app/driver-face-options.ts';
import type { MeasuredEvent } from '../core/driver-state.ts';
import { FramesiftError } from '../core/errors.ts';
import { percent, plural } from '../core/words.ts';
import { interruptible } from './ending.ts';
import { profileLines } from './profile.ts';
import { progressView } from './progress.ts';
import { errorColours, outColours } from './colours.ts';
import { userPath } from './user-path.ts';
import { number, whatIsGiven } from './values.ts';

/** Flags as commander hands them over; the meaning of most of them is checked by the app. */
export interface DriverFaceFlags {
  readonly output?: string;
  readonly faceFps?: number;
  readonly from?: number;
  readonly until?: number;
  readonly seat?: number[];
  readonly objects?: boolean;
  readonly rules?: string;
  readonly calibration?: string;
  readonly overlay?: string;
  readonly blurFaces?: boolean;
  readonly decoder?: string;
  readonly hwaccel?: string;
  readonly threads?: number;
  readonly force?: boolean;
  readonly profile?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds the options of the on-device engine that no other part of `driver` has. */
export function addDriverFaceOptions(command: Command): Command {
  return command
    .option('--face-fps <count>', 'measure the face this often a second (default: 10)', number)
    .option('--seat <x,y,w,h>', "the driver's seat, as shares of the picture (default: the largest face)", numbers)
    .option('--no-objects', 'do not look for telephones and hands')
    .option('--rules <file>', 'YAML table that overrides thresholds')
    .option('--calibration <file>', 'driver.json of an earlier run of the same driver and camera')
    .option('--overlay <out.mp4>', 'also write the video with what was measured drawn in')
    .option('--blur-faces', 'make faces in pictures of the report, and in the overlay, unrecognizable');
}

export async function watchDriverFace(video: string, flags: DriverFaceFlags): Promise<void> {
  if (flags.json && flags.quiet) throw new FramesiftError('usage', '--json and --quiet exclude each other.');
  using signal = interruptible();
  const settings = {
    signal,
    ...(flags.output === undefined ? {} : { output: flags.output }),
    ...(flags.force === undefined ? {} : { force: flags.force }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
  };
  const progress = progressView(process.stderr);
  for await (const event of analyzeDriverFace(video, driverFaceOptionsOf(flags), settings)) {
    if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    if (flags.json || flags.quiet) continue;
    if (event.type === 'progress') {
      progress.show(event);
      continue;
    }
    progress.clear();
    if (event.type === 'started' && event.video.hardware) {
      process.stderr.write(`Decoding with ${event.video.hardware}.\n`);
    } else if (event.type === 'resumed') {
      process.stderr.write(`Continuing an interrupted run: the first ${event.frames} frames are measured.\n`);
    } else if (event.type === 'warning') process.stderr.write(`${errorColours.yellow('Warning:')} ${event.message}\n`);
    else if (event.type === 'event') process.stdout.write(`${describeMeasured(event.event)}\n`);
    else if (event.type === 'finished') {
      process.stdout.write(describe(event.summary));
      if (flags.profile) process.stdout.write(await profileLines(event.summary.folder, event.summary.alreadyDone));
    }
  }
}

/** Options of the on-device engine that the questions do not know. */
export const faceOnly: ReadonlySet<string> = new Set(['faceFps', 'seat', 'objects', 'rules', 'calibration', 'overlay']);

/** Only what was given: the rest is for the app's defaults. */
export function driverFaceOptionsOf(flags: DriverFaceFlags): DriverFaceOptionsInput {
  const given = {
    faceFps: flags.faceFps,
    from: flags.from,
    until: flags.until,
    seat: flags.seat,
    objects: flags.objects,
    // Whole, so that the run can be resumed from elsewhere.
    rules: whole(flags.rules),
    calibration: whole(flags.calibration),
    overlay: whole(flags.overlay),
    blurFaces: flags.blurFaces,
    decoder: flags.decoder,
    hwaccel: flags.hwaccel,
    threads: flags.threads,
  };
  // Their values are checked, with a message for people, where the run begins.
  return whatIsGiven(given) as DriverFaceOptionsInput;
}

/** An event's line, with its level and how sure it is; with the opinion of a model below it, where one was asked. */
export function describeMeasured({ start, end, title, severity, confidence, opinion }: MeasuredEvent): string {
  const colour = { info: outColours.cyan, warning: outColours.yellow, alarm: outColours.red }[severity];
  const about = outColours.dim(`(${severity}, ${percent(confidence)})`);
  const line = `${start.toFixed(1).padStart(8)}–${end.toFixed(1)} s  ${colour(title)} ${about}`;
  if (!opinion) return line;
  if (opinion.state === 'failed') return `${line}\n          ${outColours.dim(`no opinion (${opinion.message})`)}`;
  const says = { yes: 'seen by the model too', no: 'not seen by the model', 'cannot tell': 'the model cannot tell' };
  const sure = `(${percent(opinion.confidence)})`;
  return `${line}\n          ${says[opinion.seen]} ${outColours.dim(`${sure}: ${opinion.reason}`)}`;
}

function describe(summary: DriverFaceSummary): string {
  const { folder, frames, startSeconds, endSeconds, elapsedSeconds, measurable, perclosMost, blinks, events } = summary;
  const { alreadyDone, report } = summary;
  const count = Object.values(events).reduce((sum, each) => sum + each, 0);
  const facts = [
    `${plural(count, 'event')} in ${(endSeconds - startSeconds).toFixed(0)} s of video`,
    `${plural(frames, 'frame')} measured`,
    ...(alreadyDone ? ['done before'] : [`eyes measurable in ${percent(measurable)}`]),
    // Where no eyes were seen, none did not blink.
    ...(measurable > 0 || blinks > 0 ? [plural(blinks, 'blink')] : []),
    ...(perclosMost === undefined ? [] : [`PERCLOS up to ${percent(perclosMost)}`]),
    `${elapsedSeconds.toFixed(1)} s`,
  ];
  return `${facts.join(' · ')}\n${report ?? folder}\n`;
}

const whole = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(userPath(path));

const numbers = (text: string): number[] => text.split(',').map(number);
