import { NumberRows } from '../../core/number-rows.ts';
import type { Moment } from './monitor.ts';

const columns = [
  'timeSeconds',
  'eyes',
  'yaw',
  'pitch',
  'gazeYaw',
  'gazePitch',
  'mouth',
  'perclos',
  'blinksPerMinute',
] as const satisfies readonly (keyof Moment)[];

/** What is kept of a moment to be shown: the curves over time. */
export type ShownMoment = Pick<Moment, (typeof columns)[number]>;

/** One moment for each measurement, in order of time, each made an object when it is asked for. */
export class MomentSeries implements Iterable<ShownMoment> {
  readonly #rows = new NumberRows(columns.length);

  get length(): number {
    return this.#rows.length;
  }

  push(moment: ShownMoment): void {
    this.#rows.push(columns.map((name) => moment[name] ?? NaN));
  }

  /** Undefined beyond either end; counted from the end where negative. */
  at(index: number): ShownMoment | undefined {
    const place = index < 0 ? this.length + index : index;
    return place < 0 || place >= this.length ? undefined : momentOf(this.#rows.row(place));
  }

  *[Symbol.iterator](): Generator<ShownMoment, undefined> {
    for (let index = 0; index < this.length; index++) yield momentOf(this.#rows.row(index));
  }
}

function momentOf(row: Float64Array): ShownMoment {
  const value = (column: number): number | undefined => (Number.isNaN(row[column]!) ? undefined : row[column]);
  return {
    timeSeconds: row[0]!,
    eyes: value(1),
    yaw: value(2),
    pitch: value(3),
    gazeYaw: value(4),
    gazePitch: value(5),
    mouth: value(6),
    perclos: value(7),
    blinksPerMinute: value(8),
  };
}
