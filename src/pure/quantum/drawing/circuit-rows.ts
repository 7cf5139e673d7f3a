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

/** Lanes of a row that stand as one: a wire of its own, or idle ones next to each other. */
export interface Band {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Circuits up to this many qubits are shown with all their wires in every row. */
const WHOLE_QUBITS_MAX = 12;
/** Fewer idle neighbours are not worth a line that stands for them. */
const IDLE_RUN_MIN = 3;

/**
 * The lanes of one row, top to bottom. Of a large circuit, a row has the wires that something happens on in it: fifty
 * wires for the two that a gate is on would be a picture of wires. A barrier alone is nothing that happens.
 */
export function bandsOf({ columns }: Row<number>, layout: CircuitLayout): readonly Band[] {
  const { lanes, qubits } = layout;
  const foldsIdle = idleNameMax(layout) !== '';
  const busy = new Set<number>();
  for (const column of columns) {
    if (column.kind === 'marks') for (const { mark } of column.marks) if (mark.shape !== 'barrier') for (const qubit of mark.qubits) busy.add(qubit);
  }
  const bands: Band[] = [];
  for (let lane = 0; lane < lanes.length; lane++) {
    let to = lane;
    while (foldsIdle && to < qubits && !busy.has(to)) to++;
    if (to - lane < IDLE_RUN_MIN) bands.push({ from: lane, to: lane });
    else {
      bands.push({ from: lane, to: to - 1 });
      lane = to - 1;
    }
  }
  return bands;
}

/** The longest name that a line for idle wires can have; empty: such lines are not drawn. */
export const idleNameMax = ({ qubits }: CircuitLayout): string => (qubits > WHOLE_QUBITS_MAX ? `${qubits} idle` : '');

/** How a band is called at its left. */
export const bandName = ({ from, to }: Band, names: readonly string[]): string => (from === to ? (names[from] as string) : `${to - from + 1} idle`);
