/** Rows that are made room for at once. */
const rowsAtOnce = 1000;

/**
 * A growing table of numbers with rows of one width, NaN where there is nothing, of which each is made a `T` when it is
 * asked for. It takes eight bytes a number wherever it came from, and gives the collector nothing to look through: an hour
 * of frames as objects would be a hundred megabytes for it to move about.
 */
export class NumberRows<T> implements Iterable<T> {
  readonly #width: number;
  readonly #read: (row: Float64Array) => T;
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  /** @param read makes of a row what it stands for; the row is a view, not to be kept */
  constructor(width: number, read: (row: Float64Array) => T) {
    this.#width = width;
    this.#read = read;
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

  /** Undefined beyond either end; counted from the end where negative. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#length + index : index;
    return place < 0 || place >= this.#length ? undefined : this.#read(this.row(place));
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (let index = 0; index < this.#length; index++) yield this.#read(this.row(index));
  }
}
