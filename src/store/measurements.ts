import { readFile } from 'node:fs/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { FaceMeasurement } from '../core/face.ts';
import { csvHeader, csvLine, parseCsv } from './measurement-csv.ts';
import { columns, rowOf } from './measurement-table.ts';
import { writeWhole } from './write-file.ts';

/** The tables of measurements in a run's folder, a row a frame: for spreadsheets, and for data frames. */
export const measurementFiles = { csv: 'measurements.csv', parquet: 'measurements.parquet' } as const;

/** Writes all measurements of a run as CSV. Throws FramesiftError `output`. */
export function writeMeasurements(path: string, measurements: readonly FaceMeasurement[]): Promise<void> {
  return writeWhole(path, lines(measurements));
}

async function* lines(measurements: readonly FaceMeasurement[]): AsyncGenerator<string> {
  yield `${csvHeader}\n`;
  // In pieces: an hour is 36 000 lines, which one string would hold twice over.
  for (let from = 0; from < measurements.length; from += 1000) {
    yield measurements
      .slice(from, from + 1000)
      .map(csvLine)
      .join('');
  }
}

/**
 * Writes the same table as Apache Parquet: 64-bit floats under the CSV's column names, null where there is nothing.
 *
 * @throws FramesiftError `output`
 */
export async function writeParquet(path: string, measurements: readonly FaceMeasurement[]): Promise<void> {
  // Loaded here alone: most commands never write one.
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const data = columns.map(() => Array<number | null>(measurements.length));
  for (const [index, measurement] of measurements.entries()) {
    for (const [column, value] of rowOf(measurement).entries()) {
      data[column]![index] = Number.isNaN(value) ? null : value;
    }
  }
  const columnData = columns.map((name, column) => {
    return { name, data: data[column]!, type: 'DOUBLE' as const, nullable: name !== 'time' };
  });
  await writeWhole(path, new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'framesift' })));
}

/** Reads measurements back from CSV. Throws FramesiftError `input` where the file is absent or is none of ours. */
export async function readMeasurements(path: string): Promise<FaceMeasurement[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const why = systemCodeOf(error) === 'ENOENT' ? 'is missing' : `cannot be read (${messageOf(error)})`;
    throw new FramesiftError('input', `${path} ${why}. Give the folder of a finished driver run.`, { cause: error });
  });
  const end = bytes.indexOf('\n');
  if (end < 0 || bytes.toString('utf8', 0, end).trim() !== csvHeader) {
    throw new FramesiftError('input', `${path} is not a table of measurements of this version. Run the video again.`);
  }
  // A file that somebody edited may lack the last line's end; here nothing was killed in the middle of it.
  const whole = bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
  try {
    return parseCsv(whole, end + 1, 2);
  } catch (error) {
    throw new FramesiftError('input', `${path}: ${messageOf(error)}. Run the video again.`, { cause: error });
  }
}
