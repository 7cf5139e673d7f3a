import type { CircuitLayout, Column } from './circuit-layout.js';

/** A stretch of columns that stands in one row; `depth` frames are open where it begins. */
export interface Row<Size> {
  readonly columns: readonly (Column & { readonly size: Size })[];
  readonly depth: number;
}

/** Breaks a layout between columns, where a row would be wider than `widthMax`; a row has one column at least. */
export function rowsOf({ columns }: CircuitLayout, sizeOf: (column: Column) => number, widthMax: number): readonly Row<number>[] {
  const rows: { columns: (Column & { size: number })[]; depth: number }[] = [{ columns: [], depth: 0 }];
  let [width, depth] = [0, 0];
  for (const column of columns) {
    const size = sizeOf(column);
    let row = rows[rows.length - 1] as (typeof rows)[number];
    // The end of a frame is a line, which hangs over rather than standing alone in the next row.
    if (width + size > widthMax && row.columns.length > 0 && column.kind !== 'close') {
      row = { columns: [], depth };
      rows.push(row);
      width = 0;
    }
    row.columns.push({ ...column, size });
    width += size;
    if (column.kind === 'open') depth++;
    if (column.kind === 'close') depth--;
  }
  return rows;
}
