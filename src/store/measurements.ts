import { readFile } from 'node:fs/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../core/errors.ts';
import { csvHeader, csvLines, parseCsv } from './measurement-csv.ts';
import type { MeasurementSeries } from './measurement-series.ts';
import { columns } from './measurement-table.ts';
import { writeWhole } from './write-file.ts';

/** Writes all measurements of a run as CSV. Throws FramesiftError `output`. */
export function writeMeasurements(path: string, series: MeasurementSeries): Promise<void> {
  return writeWhole(path, table(series));
}

async function* table(series: MeasurementSeries): AsyncGenerator<string> {
  yield `${csvHeader}\n`;
  yield* csvLines(series);
}

/** Rows that are written together: those of a few minutes, so that an hour takes no more memory than they do. */
const rowsInGroup = 3000;

/**
 * Writes the same table as Apache Parquet: 64-bit floats under the CSV's column names, null where there is nothing.
 *
 * @throws FramesiftError `output`
 */
export async function writeParquet(path: string, series: MeasurementSeries): Promise<void> {
  // Loaded here alone: most commands never write one.
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const group = (from: number) => {
    const rows = Array.from({ length: Math.min(rowsInGroup, series.length - from) }, (_, at) => series.row(from + at));
    return columns.map((name, column) => {
      const data = rows.map((row) => (Number.isNaN(row[column]) ? null : row[column]!));
      return { name, data, type: 'DOUBLE' as const, nullable: name !== 'time' };
    });
  };
  const bytes = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: group(series.length) });
  const parquet = new ParquetWriter({ writer: bytes, schema, createdBy: 'framesift' });
  for (let from = 0; from < series.length; from += rowsInGroup) {
    await parquet.write({ columnData: group(from), rowGroupSize: rowsInGroup });
  }
  await parquet.finish();
  await writeWhole(path, bytes.getBytes());
}

/** Reads measurements back from CSV. Throws FramesiftError `input` where the file is absent or is none of ours. */
export async function readMeasurements(path: string): Promise<MeasurementSeries> {
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
