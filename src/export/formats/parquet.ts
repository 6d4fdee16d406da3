import type { ExportFormat } from './format.ts';
import { tableName, tableOf, type Cell } from './table.ts';

/** Apache Parquet: the same table as `csv`, with numbers as 64-bit floats. */
export const parquet: ExportFormat = {
  id: 'parquet',
  title: 'the same table for data frames',
  fileName: (run) => `${tableName(run)}.parquet`,
  async *write(run) {
    // Loaded here alone: most commands never write one.
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const { columns, rows } = await tableOf(run);
    const cells: Cell[][] = columns.map(() => []);
    for (const row of rows) for (const [column, value] of row.entries()) cells[column]!.push(value);
    const columnData = columns.map((name, column) => columnOf(name, cells[column]!));
    yield new Uint8Array(parquetWriteBuffer({ columnData }));
  },
};

function columnOf(name: string, values: readonly Cell[]) {
  const numeric = values.every((value) => value === undefined || typeof value === 'number');
  const data = values.map((value) => (value === undefined ? null : numeric ? value : String(value)));
  return { name, data, type: numeric ? ('DOUBLE' as const) : ('STRING' as const), nullable: true };
}
