import { readFile } from 'node:fs/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { DriverFace, FaceMeasurement } from '../core/face.ts';
import { writeWhole } from './write-file.ts';

/** The file of measurements in a run's folder: a row a frame, read by any spreadsheet or data frame. */
export const measurementsFile = 'measurements.csv';

type Row = Readonly<Record<Column, number | undefined>>;

/** Columns in order, with the digits kept after the point: well below what the networks' own noise leaves of meaning. */
const columns = {
  time: 4,
  faces: 0,
  tracked: 0,
  face_left: 4,
  face_top: 4,
  face_width: 4,
  face_height: 4,
  face_confidence: 3,
  left_openness: 4,
  left_confidence: 3,
  right_openness: 4,
  right_confidence: 3,
  yaw: 2,
  pitch: 2,
  roll: 2,
  gaze_yaw: 2,
  gaze_pitch: 2,
  gaze_confidence: 3,
  mouth_opening: 4,
  brightness: 2,
  contrast: 2,
  detail: 3,
  phone_sought: 0,
  phone_confidence: 3,
  phone_left: 4,
  phone_top: 4,
  phone_width: 4,
  phone_height: 4,
} as const;
type Column = keyof typeof columns;
const names = Object.keys(columns) as Column[];
const header = names.join(',');

/** The measurement as it is read back: numbers rounded as they are stored, and without outlines. */
export function asStored(measurement: FaceMeasurement): FaceMeasurement {
  return measurementOf(parseRow(formatRow(measurement), 1));
}

/** Writes all measurements of a run. Throws FramesiftError `output`. */
export function writeMeasurements(path: string, measurements: readonly FaceMeasurement[]): Promise<void> {
  return writeWhole(path, lines(measurements));
}

async function* lines(measurements: readonly FaceMeasurement[]): AsyncGenerator<string> {
  yield `${header}\n`;
  // In pieces: an hour is 36 000 lines, which one string would hold twice over.
  for (let from = 0; from < measurements.length; from += 1000) {
    yield measurements
      .slice(from, from + 1000)
      .map((measurement) => `${formatRow(measurement)}\n`)
      .join('');
  }
}

/** Reads measurements back. Throws FramesiftError `input` where the file is absent or is none of ours. */
export async function readMeasurements(path: string): Promise<FaceMeasurement[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const why = systemCodeOf(error) === 'ENOENT' ? 'is missing' : `cannot be read (${messageOf(error)})`;
    throw new FramesiftError('input', `${path} ${why}. Give the folder of a finished driver run.`, { cause: error });
  });
  const [first, ...rows] = text.split('\n');
  if (first?.trim() !== header) {
    throw new FramesiftError('input', `${path} is not a table of measurements of this version. Run the video again.`);
  }
  return rows.filter((row) => row !== '').map((row, index) => measurementOf(parseRow(row, index + 2)));
}

function formatRow(measurement: FaceMeasurement): string {
  const { driver, picture, phone } = measurement;
  const [left, top, width, height] = driver?.region ?? [];
  const row: Row = {
    time: measurement.timeSeconds,
    faces: measurement.faces,
    tracked: driver && Number(driver.tracked),
    face_left: left,
    face_top: top,
    face_width: width,
    face_height: height,
    face_confidence: driver?.confidence,
    left_openness: driver?.left.openness,
    left_confidence: driver?.left.confidence,
    right_openness: driver?.right.openness,
    right_confidence: driver?.right.confidence,
    yaw: driver?.yaw,
    pitch: driver?.pitch,
    roll: driver?.roll,
    gaze_yaw: driver?.gazeYaw,
    gaze_pitch: driver?.gazePitch,
    gaze_confidence: driver?.gazeConfidence,
    mouth_opening: driver?.mouthOpening,
    ...picture,
    phone_sought: Number(measurement.lookedForPhone),
    phone_confidence: phone?.confidence,
    phone_left: phone?.region[0],
    phone_top: phone?.region[1],
    phone_width: phone?.region[2],
    phone_height: phone?.region[3],
  };
  return names
    .map((name) => (row[name] === undefined ? '' : String(Number(row[name].toFixed(columns[name])))))
    .join(',');
}

function parseRow(text: string, line: number): Row {
  const cells = text.trimEnd().split(',');
  const numbers = cells.map((cell) => (cell === '' ? undefined : Number(cell)));
  if (cells.length !== names.length || numbers.some((number) => number !== undefined && !Number.isFinite(number))) {
    throw new FramesiftError('input', `${measurementsFile} is damaged at line ${line}. Run the video again.`);
  }
  return Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Row;
}

function measurementOf(row: Row): FaceMeasurement {
  const number = (name: Column): number => row[name] ?? 0;
  const driver: DriverFace | undefined =
    row.face_confidence === undefined
      ? undefined
      : {
          region: [number('face_left'), number('face_top'), number('face_width'), number('face_height')],
          confidence: row.face_confidence,
          tracked: row.tracked === 1,
          left: { openness: number('left_openness'), confidence: number('left_confidence') },
          right: { openness: number('right_openness'), confidence: number('right_confidence') },
          yaw: number('yaw'),
          pitch: number('pitch'),
          roll: number('roll'),
          gazeYaw: number('gaze_yaw'),
          gazePitch: number('gaze_pitch'),
          gazeConfidence: number('gaze_confidence'),
          mouthOpening: number('mouth_opening'),
        };
  return {
    timeSeconds: number('time'),
    picture: { brightness: number('brightness'), contrast: number('contrast'), detail: number('detail') },
    faces: number('faces'),
    ...(driver ? { driver } : {}),
    lookedForPhone: row.phone_sought === 1,
    ...(row.phone_confidence === undefined
      ? {}
      : {
          phone: {
            region: [number('phone_left'), number('phone_top'), number('phone_width'), number('phone_height')],
            confidence: row.phone_confidence,
          },
        }),
  };
}
