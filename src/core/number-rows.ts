/** Rows that are made room for at once. */
const rowsAtOnce = 1000;

/**
 * A growing table of numbers with rows of one width, NaN where there is nothing. It takes eight bytes a number wherever
 * it came from, and gives the collector nothing to look through: an hour of frames as objects would be a hundred
 * megabytes for it to move about.
 */
export class NumberRows {
  readonly #width: number;
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a row of that width, which is copied. */
  push(row: ArrayLike<number>): void {
    const place = this.#length % rowsAtOnce;
    if (place === 0) this.#blocks.push(new Float64Array(rowsAtOnce * this.#width));
    this.#blocks.at(-1)!.set(row, place * this.#width);
    this.#length += 1;
  }

  /** The row at an index from 0 to below `length`. A view: not to be written to. */
  row(index: number): Float64Array {
    const start = (index % rowsAtOnce) * this.#width;
    return this.#blocks[Math.floor(index / rowsAtOnce)]!.subarray(start, start + this.#width);
  }
}
