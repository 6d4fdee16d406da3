import { NumberRows } from '../../../core/number-rows.ts';
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

/** One moment for each measurement, in order of time. */
export class MomentSeries extends NumberRows<ShownMoment> {
  constructor() {
    super(columns.length, momentOf);
  }

  add(moment: ShownMoment): void {
    this.push(columns.map((name) => moment[name] ?? NaN));
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
