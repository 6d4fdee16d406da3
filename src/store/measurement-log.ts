import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FaceMeasurement } from '../core/face.ts';
import { csvHeader, csvLine, csvLines, parseCsv } from './measurement-csv.ts';
import { MeasurementSeries } from './measurement-series.ts';
import { measurementOf, rowOf } from './measurement-table.ts';
import { outputError, writeWhole } from './write-file.ts';

/** Measurements under way: CSV below a line with the run's key. It is gone once the tables are written. */
export const measurementLogFile = 'measurements.csv.part';

/** Lines between two writes to the disk proper: a second of power cut costs at most so many. */
const linesPerSync = 100;

/**
 * Measurements as they come, kept so that a run whose process was killed can be continued: it begins with what an earlier
 * run with the same key left, without a line that was only half written.
 */
export class MeasurementLog implements AsyncDisposable {
  /** All of them, as they are stored. */
  readonly measurements: MeasurementSeries;
  readonly #path: string;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #unsynced = 0;

  private constructor(path: string, file: FileHandle, earlier: MeasurementSeries) {
    this.#path = path;
    this.#file = file;
    this.measurements = earlier;
  }

  /**
   * @param key what must be the same for measurements to be taken over; those of another run are removed
   * @param keep how many of them to take over, from the first on
   * @throws FramesiftError `output`
   */
  static async open(path: string, key: string, keep: (earlier: MeasurementSeries) => number): Promise<MeasurementLog> {
    const head = `# ${key}\n${csvHeader}\n`;
    const all = await left(path, head);
    const earlier = all.first(keep(all));
    await writeWhole(path, Readable.from([head, ...csvLines(earlier)]));
    try {
      return new MeasurementLog(path, await open(path, 'a'), earlier);
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /**
   * @returns the measurement as it will be read back, so that deciding again gives the very same events
   * @throws FramesiftError `output`
   */
  async add(measurement: FaceMeasurement): Promise<FaceMeasurement> {
    const row = rowOf(measurement);
    this.measurements.push(row);
    this.#lines.push(csvLine(row));
    if (this.#lines.length >= 10) await this.#flush();
    return measurementOf(row);
  }

  /** The tables are written: the log has done its work. */
  async remove(): Promise<void> {
    this.#lines = [];
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush().catch(() => {});
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    try {
      await this.#file.appendFile(this.#lines.join(''));
      this.#unsynced += this.#lines.length;
      this.#lines = [];
      if (this.#unsynced < linesPerSync) return;
      await this.#file.datasync();
      this.#unsynced = 0;
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }
}

async function left(path: string, head: string): Promise<MeasurementSeries> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  if (bytes.toString('utf8', 0, Buffer.byteLength(head)) !== head) return new MeasurementSeries();
  try {
    return parseCsv(bytes, Buffer.byteLength(head), 3);
  } catch {
    // Damaged in the middle, as by a disk that lost a block: everything is measured anew.
    return new MeasurementSeries();
  }
}
