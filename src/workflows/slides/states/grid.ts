/** Pixels a side of the square cells on which changes are gathered. A text line of a full slide is about one cell high. */
export const cellSide = 4;

/** The cells over a luma picture. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** The cell in which each pixel lies. */
  readonly cellOf: Uint16Array;
}

const grids = new Map<string, Grid>();

/** Grids are few and used for every frame: one a picture size is kept. */
export function gridOver(width: number, height: number): Grid {
  const key = `${width}x${height}`;
  let grid = grids.get(key);
  if (!grid) {
    const [columns, rows] = [Math.ceil(width / cellSide), Math.ceil(height / cellSide)];
    const cellOf = new Uint16Array(width * height);
    for (let at = 0; at < cellOf.length; at += 1) {
      const y = Math.floor(at / width);
      cellOf[at] = Math.floor(y / cellSide) * columns + Math.floor((at - y * width) / cellSide);
    }
    grid = { width, height, columns, rows, cellOf };
    grids.set(key, grid);
  }
  return grid;
}

/** A connected patch of changed cells. Pixel bounds are inclusive at the start and exclusive at the end. */
export interface Patch {
  readonly cells: readonly number[];
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Sum of the weights of its cells, one sum for each weight map given. */
  readonly weights: readonly number[];
}

/**
 * Gathers marked cells into 8-connected patches.
 *
 * @param marked one byte a cell; not changed
 * @param maps one number a cell, summed over each patch
 */
export function patchesOf(grid: Grid, marked: Uint8Array, maps: readonly ArrayLike<number>[]): Patch[] {
  const { columns, rows } = grid;
  const seen = new Uint8Array(marked.length);
  const stack: number[] = [];
  const patches: Patch[] = [];
  for (let first = 0; first < marked.length; first += 1) {
    if (marked[first] === 0 || seen[first] === 1) continue;
    seen[first] = 1;
    stack.push(first);
    const cells: number[] = [];
    let [minColumn, minRow, maxColumn, maxRow] = [columns, rows, 0, 0];
    while (stack.length > 0) {
      const cell = stack.pop()!;
      cells.push(cell);
      const row = Math.floor(cell / columns);
      const column = cell - row * columns;
      minColumn = Math.min(minColumn, column);
      maxColumn = Math.max(maxColumn, column);
      minRow = Math.min(minRow, row);
      maxRow = Math.max(maxRow, row);
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y += 1) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x += 1) {
          const next = y * columns + x;
          if (marked[next] === 1 && seen[next] === 0) {
            seen[next] = 1;
            stack.push(next);
          }
        }
      }
    }
    const weights = maps.map((map) => cells.reduce((sum, cell) => sum + (map[cell] ?? 0), 0));
    patches.push({
      cells,
      left: minColumn * cellSide,
      top: minRow * cellSide,
      right: Math.min(grid.width, (maxColumn + 1) * cellSide),
      bottom: Math.min(grid.height, (maxRow + 1) * cellSide),
      weights,
    });
  }
  return patches;
}

/** Adds to `filled` every cell between the leftmost and rightmost cell of the patch in each of its rows. */
export function fillRows(grid: Grid, patch: Patch, filled: Uint8Array): void {
  const { columns } = grid;
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const cell of patch.cells) {
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    first.set(row, Math.min(first.get(row) ?? column, column));
    last.set(row, Math.max(last.get(row) ?? column, column));
  }
  for (const [row, from] of first) {
    for (let column = from; column <= last.get(row)!; column += 1) filled[row * columns + column] = 1;
  }
}
