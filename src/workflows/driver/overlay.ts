import { stat } from 'node:fs/promises';
import type { DriverSpan, MeasuredEvent } from '../../core/driver-state.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { FaceMeasurement, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import type { Measure } from '../../core/measurement.ts';
import type { RunProgress } from '../../core/run-event.ts';
import type { FrameSource } from '../../core/video.ts';
import type { DriverConclusion } from './rules/conclude.ts';
import { measureVideo } from './measuring/measure-video.ts';
import { drawOverlay, nothingMeasured } from '../../export/driver-overlay/overlay.ts';
import { openVideoWriter, tryVideoWriter } from '../../media/video-writer.ts';
import { outputError, prepareFile } from '../../store/write-file.ts';
import type { Adapters } from '../adapters.ts';
import type { MeasureOptions } from './options.ts';
import { defined } from '../../core/defined.ts';

export interface OverlayOrder {
  readonly path: string;
  /** Borrowed; read once from front to end. */
  readonly source: FrameSource;
  readonly options: MeasureOptions;
  readonly adapters: Adapters;
  readonly onProgress: (progress: RunProgress) => void;
  readonly conclusion: DriverConclusion;
  readonly endSeconds: number;
  readonly signal: AbortSignal;
}

/** Pixels along the longer side, at most. */
const maxSide = 1280;
/** Seconds for which a face that was seen is blurred where the detector misses it. */
const blurSeconds = 2;

/**
 * Sees to it that a video can be written there before hours are spent on what it shows: makes its folder, tries the
 * encoder.
 *
 * @param video the recording, which shall not be written over
 * @throws FramesiftError `usage`, `output` or `dependency`
 */
export async function prepareOverlay(path: string, video: string, signal: AbortSignal): Promise<void> {
  if (await isSameFile(path, video)) {
    throw new FramesiftError('usage', `--overlay: ${path} is the recording itself. Name another file.`);
  }
  await prepareFile(path, elsewhere);
  await tryVideoWriter(path, { rate: 1, signal }).catch((error: unknown) => refuse(path, error, signal));
}

export const isFileThere = async (path: string): Promise<boolean> => (await fileAt(path)) !== undefined;

/** Under whatever names. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([fileAt(a), fileAt(b)]);
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

const fileAt = (path: string) => stat(path, { bigint: true }).catch(() => undefined);

const elsewhere = 'Name another file with --overlay.';

function refuse(path: string, error: unknown, signal: AbortSignal): never {
  throw signal.aborted ? error : outputError(path, error, elsewhere);
}

/**
 * Writes the video with what was measured drawn in: one frame for each that was measured, at its own time, without sound.
 * Landmarks are not stored, so faces are measured once more; figures, states and events are those of the run.
 *
 * @throws FramesiftError of decoder, models, encoder or disk
 */
export async function writeOverlay(order: OverlayOrder): Promise<void> {
  const { path, source, options, adapters, conclusion, endSeconds, signal } = order;
  const { faceFps, from, until, seat, drive, redact } = options;
  const blurFaces = redact !== undefined;
  // To blur every face, all of them have to be found in every frame.
  const often = blurFaces ? { detectEverySeconds: 0 } : {};
  await using meter = await adapters.faceMeter({
    objectsEverySeconds: Infinity,
    ...often,
    ...defined({ seat, drive }),
  });
  await using writer = openVideoWriter(path, { rate: faceFps, signal });
  const measure: Measure<Seen> = {
    id: 'overlay',
    of: (frames, { signal: within }) =>
      Promise.all(
        frames.map(async (frame) => {
          const [[measurement], picture] = await Promise.all([
            meter.of([frame], { signal: within }),
            frame.rgb({ longestSide: maxSide }),
          ]);
          return { measurement: measurement!, picture };
        }),
      ),
  };
  const pass = measureVideo({
    source,
    measure,
    everySeconds: 1 / faceFps,
    ...defined({ fromSeconds: from, untilSeconds: until }),
    signal,
  });
  const moments = conclusion.moments[Symbol.iterator]();
  let moment = moments.next().value;
  let seen: { readonly at: number; readonly regions: readonly Region[] }[] = [];
  let frames = 0;
  let first: number | undefined;
  for await (const { measurement, picture } of pass) {
    const { timeSeconds, driver, found } = measurement;
    // Stored times are rounded to a ten-thousandth of a second.
    while (moment && moment.timeSeconds < timeSeconds - 1e-3) moment = moments.next().value;
    seen = [...seen.filter(({ at }) => timeSeconds - at <= blurSeconds), { at: timeSeconds, regions: found ?? [] }];
    const drawn = drawOverlay(
      {
        timeSeconds,
        picture,
        faces: seen.flatMap(({ regions }) => regions),
        signal: { ...nothingMeasured, ...moment },
        spans: at(conclusion.spans, timeSeconds),
        events: at(conclusion.events, timeSeconds),
        ...(driver ? { driver } : {}),
      },
      { blurFaces },
    );
    first ??= timeSeconds;
    await writer.write(drawn, timeSeconds - first).catch((error: unknown) => refuse(path, error, signal));
    frames += 1;
    order.onProgress({
      type: 'progress',
      stage: 'overlay',
      seconds: timeSeconds,
      ofSeconds: endSeconds,
      framesLookedAt: frames,
    });
  }
  await writer.end().catch((error: unknown) => refuse(path, error, signal));
}

interface Seen {
  readonly measurement: FaceMeasurement;
  readonly picture: Picture;
}

const at = <T extends DriverSpan | MeasuredEvent>(all: readonly T[], timeSeconds: number): T[] =>
  all.filter(({ start, end }) => start <= timeSeconds + 1e-3 && end > timeSeconds + 1e-3);
