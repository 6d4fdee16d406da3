import { MeasurementSeries } from './measurement-series.ts';
import { columns } from './measurement-table.ts';

/** The first line, without its end. */
export const csvHeader = columns.join(',');

/** A row's line, with its end. */
export function csvLine(row: Float64Array): string {
  const cells = Array.from(row, (value) => (Number.isNaN(value) ? '' : String(value)));
  return `${cells.join(',')}\n`;
}

/** The lines of a series, in pieces: an hour is 36 000 of them, which one string would hold twice over. */
export function* csvLines(series: MeasurementSeries): Generator<string> {
  for (let from = 0; from < series.length; from += linesAtOnce) {
    const length = Math.min(linesAtOnce, series.length - from);
    yield Array.from({ length }, (_, index) => csvLine(series.row(from + index))).join('');
  }
}

const linesAtOnce = 250;

const [lineFeed, carriageReturn, comma, minus, point, zero, nine] = [10, 13, 44, 45, 46, 48, 57];
const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);

/**
 * Reads the lines of a table from `from` on, without making a string of any: an hour has 1.3 million cells. A last line
 * without its end is left out, for a killed process may not have finished it; so are empty lines.
 *
 * @throws Error that names the line, counted from `firstLine`, where one is damaged
 */
export function parseCsv(bytes: Uint8Array, from: number, firstLine: number): MeasurementSeries {
  const series = new MeasurementSeries();
  const row = new Float64Array(columns.length);
  let [line, column, start] = [firstLine, 0, from];
  for (let index = from; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte !== comma && byte !== lineFeed) continue;
    const end = byte === lineFeed && bytes[index - 1] === carriageReturn ? index - 1 : index;
    if (byte === comma || column > 0 || end > start) {
      const value = column < columns.length ? numberIn(bytes, start, end) : undefined;
      if (value === undefined) throw new Error(`line ${line} is damaged`);
      row[column] = value;
      column += 1;
    }
    start = index + 1;
    if (byte === comma) continue;
    if (column === columns.length) series.push(row);
    else if (column > 0) throw new Error(`line ${line} is damaged`);
    column = 0;
    line += 1;
  }
  return series;
}

/** NaN for an empty cell, undefined for what is no number. */
function numberIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (start === end) return NaN;
  let whole = 0;
  let decimals = -1;
  const first = bytes[start] === minus ? start + 1 : start;
  for (let index = first; index < end; index++) {
    const byte = bytes[index]!;
    if (byte >= zero && byte <= nine) {
      whole = whole * 10 + byte - zero;
      if (decimals >= 0) decimals += 1;
    } else if (byte === point && decimals < 0) decimals = 0;
    else return otherNumber(bytes, start, end);
  }
  // Up to here both are exact, so that the division rounds as reading the text would.
  if (end - first > 15) return otherNumber(bytes, start, end);
  const size = decimals > 0 ? whole / powers[decimals]! : whole;
  return first > start ? -size : size;
}

/** Another program's way of writing it, such as 1e-7. */
function otherNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  const value = Number(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
  return Number.isFinite(value) ? value : undefined;
}
