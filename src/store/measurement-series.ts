import type { FaceMeasurement } from '../core/face.ts';
import { columns, measurementOf, rowOf } from './measurement-table.ts';

/** Rows that are made room for at once: a third of a megabyte. */
const rowsAtOnce = 1000;
const width = columns.length;

/**
 * Measurements in order of time, as they are stored: rows of numbers, of which each is made an object when it is asked
 * for. An hour at 10 a second takes 10 MB and leaves the collector nothing to look through.
 */
export class MeasurementSeries implements Iterable<FaceMeasurement> {
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  /** @returns a series of these, rounded as they are stored */
  static of(measurements: Iterable<FaceMeasurement>): MeasurementSeries {
    const series = new MeasurementSeries();
    for (const measurement of measurements) series.push(rowOf(measurement));
    return series;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a row of the table's columns, which is copied. */
  push(row: Float64Array): void {
    const place = this.#length % rowsAtOnce;
    if (place === 0) this.#blocks.push(new Float64Array(rowsAtOnce * width));
    this.#blocks.at(-1)!.set(row, place * width);
    this.#length += 1;
  }

  /** The row at an index, which has to be one of the series. A view: not to be written to. */
  row(index: number): Float64Array {
    const start = (index % rowsAtOnce) * width;
    return this.#blocks[Math.floor(index / rowsAtOnce)]!.subarray(start, start + width);
  }

  /** Undefined beyond either end; counted from the end where negative. */
  at(index: number): FaceMeasurement | undefined {
    const place = index < 0 ? this.#length + index : index;
    return place < 0 || place >= this.#length ? undefined : measurementOf(this.row(place));
  }

  /** The first `length` of them. */
  first(length: number): MeasurementSeries {
    const series = new MeasurementSeries();
    for (let index = 0; index < Math.min(length, this.#length); index++) series.push(this.row(index));
    return series;
  }

  *[Symbol.iterator](): Generator<FaceMeasurement> {
    for (let index = 0; index < this.#length; index++) yield measurementOf(this.row(index));
  }
}
