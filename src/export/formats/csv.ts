import type { ExportFormat } from './format.ts';
import { tableName, tableOf, type Cell } from './table.ts';

/** Comma-separated values by RFC 4180, UTF-8. */
export const csv: ExportFormat = {
  id: 'csv',
  title: 'a table for spreadsheets: slides, answers or measurements',
  fileName: (run) => `${tableName(run)}.csv`,
  async *write(run) {
    const { columns, rows } = await tableOf(run);
    yield lineOf(columns);
    for (const row of rows) yield lineOf(row);
  },
};

export const lineOf = (row: readonly Cell[]): string => `${row.map(quoted).join(',')}\r\n`;

/** A leading sign that a spreadsheet would take for a formula is led by an apostrophe: a model's words are not ours. */
export function quoted(value: Cell): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
