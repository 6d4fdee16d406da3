import type { Picture } from '../../core/frame.ts';

/** Steps between neighbouring pixels below this are background: gradients and the noise of compression. */
const step = 8;
/** Blank rows or columns kept around what is drawn, so that the network sees where a line ends. */
const margin = 16;

/** The rows (in order) and the range of columns of a picture that hold anything drawn. */
export interface Drawn {
  readonly rows: Int32Array;
  readonly x0: number;
  readonly x1: number;
}

/**
 * Leaves out the blank bands between lines and the blank margins at the sides. Detection costs by area, slides are
 * mostly background, and a band of nothing between two lines tells the network nothing. Columns are only cut at the
 * sides: with the gap between two columns of text closed, the lines of both would run together.
 */
export function findDrawn(picture: Picture): Drawn {
  const { data, width, height } = picture;
  const drawnRows = new Uint8Array(height);
  let [x0, x1] = [width, 0];
  for (let y = 0; y < height; y++) {
    let i = y * width * 3 + 1;
    let [first, last] = [-1, -1];
    for (let x = 1; x < width; x++, i += 3) {
      const change = data[i + 3]! - data[i]!;
      if (change >= step || change <= -step) {
        if (first < 0) first = x;
        last = x;
      }
    }
    // Green alone would miss pure red on pure blue of the same green, which nobody can read either.
    if (first < 0) continue;
    drawnRows[y] = 1;
    x0 = Math.min(x0, first);
    x1 = Math.max(x1, last + 1);
  }
  const rows: number[] = [];
  let nearUntil = -1;
  let next = 0;
  for (let y = 0; y < height; y++) {
    while (next < height && (next < y || drawnRows[next] === 0)) next++;
    if (drawnRows[y] === 1) nearUntil = y + margin;
    if (y <= nearUntil || (next < height && next - y <= margin)) rows.push(y);
  }
  return { rows: Int32Array.from(rows), x0: Math.max(0, x0 - margin), x1: Math.min(width, x1 + margin) };
}
