import type { FaceMeasurement } from '../core/face.ts';
import { NumberRows } from '../core/number-rows.ts';
import { columns, measurementOf, rowOf } from './measurement-table.ts';

/**
 * Measurements in order of time, rounded as they are stored, each made an object when it is asked for. An hour at 10 a
 * second takes 10 MB.
 */
export class MeasurementSeries implements Iterable<FaceMeasurement> {
  readonly #rows = new NumberRows(columns.length);

  static of(measurements: Iterable<FaceMeasurement>): MeasurementSeries {
    const series = new MeasurementSeries();
    for (const measurement of measurements) series.push(rowOf(measurement));
    return series;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** Takes a row of the table's columns, which is copied. */
  push(row: Float64Array): void {
    this.#rows.push(row);
  }

  /** The table's row at an index from 0 to below `length`. A view: not to be written to. */
  row(index: number): Float64Array {
    return this.#rows.row(index);
  }

  /** Undefined beyond either end; counted from the end where negative. */
  at(index: number): FaceMeasurement | undefined {
    const place = index < 0 ? this.length + index : index;
    return place < 0 || place >= this.length ? undefined : measurementOf(this.row(place));
  }

  /** The first `length` of them. */
  first(length: number): MeasurementSeries {
    const series = new MeasurementSeries();
    for (let index = 0; index < Math.min(length, this.length); index++) series.push(this.row(index));
    return series;
  }

  *[Symbol.iterator](): Generator<FaceMeasurement> {
    for (let index = 0; index < this.length; index++) yield measurementOf(this.row(index));
  }
}
