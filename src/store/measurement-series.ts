import type { FaceMeasurement } from '../core/face.ts';
import { NumberRows } from '../core/number-rows.ts';
import { columns, measurementOf, rowOf } from './measurement-table.ts';

/** Measurements in order of time, as rows of the table's columns. An hour at 10 a second takes 10 MB. */
export class MeasurementSeries extends NumberRows<FaceMeasurement> {
  constructor() {
    super(columns.length, measurementOf);
  }

  /** @returns a series of these, rounded as they are stored */
  static of(measurements: Iterable<FaceMeasurement>): MeasurementSeries {
    const series = new MeasurementSeries();
    for (const measurement of measurements) series.push(rowOf(measurement));
    return series;
  }

  /** The first `length` of them. */
  first(length: number): MeasurementSeries {
    const series = new MeasurementSeries();
    for (let index = 0; index < Math.min(length, this.length); index++) series.push(this.row(index));
    return series;
  }
}
